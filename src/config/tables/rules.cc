#include "config/tables/table.h"

namespace weir::config::tables {
namespace {

const Setting kSettings[] = {
    bind<&Config::rules, &RulesConfig::files>(
        {.key = "rules.files",
         .kind = Kind::kText,
         .help = "Rule files of Prometheus, separated by commas; * and ? stand for parts of names. Looked at "
                 "again "
                 "every few seconds: what has changed is used if it is without a fault.",
         .example = "/etc/weir/alerts.yml,/etc/weir/rules/*.yml",
         .max = 16'000}),
    bind<&Config::rules, &RulesConfig::tenant>({.key = "rules.tenant",
                                                .kind = Kind::kText,
                                                .help = "The tenant whose rules the files have.",
                                                .example = "platform",
                                                .min = 1,
                                                .max = 150}),
    bind<&Config::rules, &RulesConfig::interval>(
        {.key = "rules.interval",
         .kind = Kind::kDuration,
         .help = "How often rules of groups are evaluated that do not say it themselves.",
         .example = "15s",
         .min = kSecond,
         .max = kDay}),
    bind<&Config::rules, &RulesConfig::query_offset>(
        {.key = "rules.query_offset",
         .kind = Kind::kDuration,
         .help = "How far back in time rules of groups look that do not say it themselves. Rules wait for "
                 "the data "
                 "by themselves, so this is for senders that are more than ten seconds late.",
         .example = "30s",
         .max = kDay}),
    bind<&Config::rules, &RulesConfig::catch_up_max>(
        {.key = "rules.catch_up_max",
         .kind = Kind::kDuration,
         .help = "Times that have passed while the server was down are evaluated at its start, as far back "
                 "as this.",
         .example = "10m",
         .max = kYear}),
    bind<&Config::rules, &RulesConfig::unknown_max>(
        {.key = "rules.unknown_max",
         .kind = Kind::kDuration,
         .help =
             "How long an alert stays as it is while the samples are missing that its condition is about; "
             "then it is resolved. 0: at once, as with Prometheus.",
         .example = "1h",
         .max = kYear}),
    bind<&Config::rules, &RulesConfig::threads>({.key = "rules.threads",
                                                 .kind = Kind::kCount,
                                                 .help = "Groups that are evaluated at a time.",
                                                 .example = "4",
                                                 .min = 1,
                                                 .max = 256}),
    bind<&Config::rules, &RulesConfig::external_url>(
        {.key = "rules.external_url",
         .kind = Kind::kText,
         .help = "The URL under which users reach this server, for links in notifications.",
         .example = "https://weir.example.com",
         .max = 2'000}),
    bind<&Config::rules, &RulesConfig::external_labels>(
        {.key = "rules.external_labels",
         .kind = Kind::kText,
         .help =
             "Labels of all alerts that are told to people and programs, as name=value separated by commas; "
             "$externalLabels in templates. An alert's own label of that name wins.",
         .example = "region=eu,replica=a",
         .max = 4'000}),
    bind<&Config::aggregations, &AggregationsConfig::files>(
        {.key = "aggregations.files",
         .kind = Kind::kText,
         .help = "Files of streaming aggregations, separated by commas; * and ? stand for parts of names. "
                 "Looked at "
                 "again every few seconds: what has changed is used if it is without a fault.",
         .example = "/etc/weir/aggregations/*.yml",
         .max = 16'000}),
    bind<&Config::aggregations, &AggregationsConfig::tenant>(
        {.key = "aggregations.tenant",
         .kind = Kind::kText,
         .help = "The tenant whose aggregations the files have.",
         .example = "platform",
         .min = 1,
         .max = 150}),
    bind<&Config::aggregations, &AggregationsConfig::threads>(
        {.key = "aggregations.threads",
         .kind = Kind::kCount,
         .help = "Aggregations whose windows are closed at a time.",
         .example = "4",
         .min = 1,
         .max = 256}),
    bind<&Config::alerting, &AlertingConfig::config_file>(
        {.key = "alerting.config_file",
         .kind = Kind::kText,
         .help =
             "A configuration file of Alertmanager: who is told of which alerts, by webhook, Slack or email.",
         .example = "/etc/weir/alertmanager.yml",
         .max = 4'000}),
    bind<&Config::alerting, &AlertingConfig::alertmanagers>(
        {.key = "alerting.alertmanagers",
         .kind = Kind::kText,
         .help = "URLs of Alertmanagers, separated by commas: each is handed all alerts.",
         .example = "http://alertmanager-1:9093,http://alertmanager-2:9093",
         .max = 16'000}),
    bind<&Config::alerting, &AlertingConfig::internal>(
        {.key = "alerting.internal",
         .kind = Kind::kSwitch,
         .help = "Whether notifications may go to addresses that are not public, such as this machine's own.",
         .example = "off"}),
};

}  // namespace

std::span<const Setting> rules() {
  return kSettings;
}

}  // namespace weir::config::tables
