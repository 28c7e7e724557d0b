#include "notify/silence.h"

#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/matcher_syntax.h"
#include "notify/silence_json.h"

namespace weir::notify {
namespace {

using testing::HasSubstr;

const TenantId kTenant = TenantId::from_stored(1);
const TenantId kOther = TenantId::from_stored(2);
const Labels kDown = Labels::of({{"alertname", "down"}, {"job", "a"}});
constexpr TimestampMs kNow = 1'700'000'000'000;

Silence of(std::string_view matchers, TimestampMs starts_at_ms = kNow,
           TimestampMs ends_at_ms = kNow + kHourMs) {
  Silence silence;
  silence.matchers = parse_matchers(matchers).value();
  silence.starts_at_ms = starts_at_ms;
  silence.ends_at_ms = ends_at_ms;
  silence.created_by = "me";
  silence.comment = "why";
  return silence;
}

TEST(Silences, SilenceInTheirTime) {
  Silences silences;
  ASSERT_TRUE(silences.set(kTenant, of("alertname=down,job=~\"a|b\"", kNow + 1'000), kNow).ok());
  EXPECT_FALSE(silences.is_silenced(kTenant, kDown, kNow + 999));
  EXPECT_TRUE(silences.is_silenced(kTenant, kDown, kNow + 1'000));
  EXPECT_FALSE(silences.is_silenced(kOther, kDown, kNow + 1'000));
  EXPECT_FALSE(silences.is_silenced(kTenant, Labels::of({{"alertname", "down"}}), kNow + 1'000));
  EXPECT_TRUE(silences.is_silenced(kTenant, kDown, kNow + kHourMs - 1));
  EXPECT_FALSE(silences.is_silenced(kTenant, kDown, kNow + kHourMs));
}

TEST(Silences, CanBeEnded) {
  Silences silences;
  const std::string id = silences.set(kTenant, of("alertname=down"), kNow).value();
  EXPECT_EQ(id.size(), 36u);
  EXPECT_EQ(silences.expire(kOther, id, kNow).error().code, Code::kNotFound);
  ASSERT_TRUE(silences.expire(kTenant, id, kNow + 10).ok());
  EXPECT_FALSE(silences.is_silenced(kTenant, kDown, kNow + 10));
  EXPECT_EQ(silences.expire(kTenant, id, kNow + 20).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(silences.get(kTenant, id)->state(kNow + 10), "expired");
}

TEST(Silences, ChangeInPlaceOrAreMadeAnew) {
  Silences silences;
  Silence silence = of("alertname=down");
  silence.id = silences.set(kTenant, silence, kNow).value();
  silence.ends_at_ms += kHourMs;
  EXPECT_EQ(silences.set(kTenant, silence, kNow + 1).value(), silence.id);
  EXPECT_EQ(silences.get(kTenant, silence.id)->ends_at_ms, kNow + 2 * kHourMs);
  silence.matchers = parse_matchers("job=a").value();
  const std::string anew = silences.set(kTenant, silence, kNow + 2).value();
  EXPECT_NE(anew, silence.id);
  EXPECT_EQ(silences.get(kTenant, silence.id)->state(kNow + 2), "expired");
  silence.id = "no such";
  EXPECT_EQ(silences.set(kTenant, silence, kNow).error().code, Code::kNotFound);
}

TEST(Silences, BeginWhenAlertmanagerLetsThem) {
  Silences silences;
  Silence silence = of("alertname=down", kNow + 5'000);
  silence.id = silences.set(kTenant, silence, kNow).value();
  silence.starts_at_ms = kNow + 10'000;  // it has not begun: it may begin at another time
  EXPECT_EQ(silences.set(kTenant, silence, kNow).value(), silence.id);
  const TimestampMs later = kNow + 20'000;
  silence.starts_at_ms += 500;  // within the second: it has begun, and stays as it began
  EXPECT_EQ(silences.set(kTenant, silence, later).value(), silence.id);
  EXPECT_EQ(silences.get(kTenant, silence.id)->starts_at_ms, kNow + 10'000);
  silence.starts_at_ms = kNow + 30'000;
  const std::string anew = silences.set(kTenant, silence, later).value();
  EXPECT_NE(anew, silence.id);
  EXPECT_EQ(silences.get(kTenant, silence.id)->state(later), "expired");
  silence.id = anew;
  silence.starts_at_ms = later - 1;
  EXPECT_NE(silences.set(kTenant, silence, later).value(), anew);
}

TEST(Silences, StayAsTheHighestVersionHasThem) {
  Silences silences;
  Silence silence = of("alertname=down");
  silence.id = "id";
  silence.version = 2;
  silences.restore(kTenant, {silence}, kNow);
  silence.version = 1;
  silence.comment = "older";
  silences.restore(kTenant, {silence}, kNow);
  EXPECT_EQ(silences.get(kTenant, "id")->comment, "why");
  silence.version = 3;
  silences.restore(kTenant, {silence}, kNow);
  EXPECT_EQ(silences.get(kTenant, "id")->comment, "older");
}

TEST(Silences, MeetFiltersByTheirOwnMatchers) {
  const Silence silence = of("a=b,job=~\"x|y\"");
  for (const char* met : {"", "a=b", "a!=c", "job=\"x|y\"", "other=\"\"", "a=~\".+\",other!=z"})
    EXPECT_TRUE(silence.meets(parse_matchers(met).value())) << met;
  for (const char* unmet : {"a=c", "job=x", "other=z", "a!=b", "a=b,a=c", "other=~\".+\""})
    EXPECT_FALSE(silence.meets(parse_matchers(unmet).value())) << unmet;
}

TEST(Silences, NameWhatIsBeyondItsLimit) {
  Silences silences;
  const auto fault = [&](const Silence& silence) {
    const auto set = silences.set(kTenant, silence, kNow);
    return set.ok() ? "" : set.error().message;
  };
  Silence silence = of("a=b");
  silence.comment.assign(Silences::kTextBytesMax, 'x');
  EXPECT_EQ(fault(silence), "");
  silence.comment += 'x';
  EXPECT_EQ(fault(silence), "silence: \"comment\": 4097 bytes, limit 4096");
  silence = of("a=b");
  silence.created_by.assign(Silences::kTextBytesMax + 1, 'x');
  EXPECT_THAT(fault(silence), HasSubstr("\"createdBy\""));
  silence = of("a=b");
  silence.matchers.push_back(Matcher::equal(std::string(Silences::kNameBytesMax + 1, 'x'), "y"));
  EXPECT_EQ(fault(silence), "silence: \"matchers[1].name\": 1025 bytes, limit 1024");
  silence.matchers.back() = Matcher::equal("x", std::string(Silences::kTextBytesMax + 1, 'y'));
  EXPECT_THAT(fault(silence), HasSubstr("\"matchers[1].value\""));
  silence.matchers.assign(Silences::kMatchersMax + 1, Matcher::equal("x", "y"));
  EXPECT_EQ(fault(silence), "silence: \"matchers\": 101, limit 100");
  EXPECT_THAT(fault(of("a=b", kNow + 10, kNow + 10)), HasSubstr("\"endsAt\": it is not after \"startsAt\""));
  EXPECT_THAT(fault(of("a=b", kNow - 20, kNow)), HasSubstr("\"endsAt\": it is in the past"));
}

TEST(Silences, AreChecked) {
  Silences silences;
  for (const Silence& bad :
       {of(""), of("a=~\".*\",b=\"\""), of("a=b", kNow + 10, kNow + 10), of("a=b", kNow - 20, kNow)})
    EXPECT_EQ(silences.set(kTenant, bad, kNow).error().code, Code::kInvalidArgument);
}

TEST(Silences, AreListedByTheirStateAndForgotten) {
  Silences silences;
  const std::string pending = silences.set(kTenant, of("a=b", kNow + 100), kNow).value();
  const std::string late = silences.set(kTenant, of("a=c", kNow, kNow + 2 * kHourMs), kNow).value();
  const std::string soon = silences.set(kTenant, of("a=d", kNow, kNow + 50), kNow).value();
  std::vector<std::string> ids;
  for (const Silence& silence : silences.list(kTenant, kNow + 60)) ids.push_back(silence.id);
  EXPECT_THAT(ids, testing::ElementsAre(late, pending, soon));
  Silences other;
  other.restore(kTenant, silences.list(kTenant, kNow), kNow);
  EXPECT_EQ(other.list(kTenant, kNow).size(), 3u);
  const TimestampMs later = kNow + 50 + Silences::kKeptMs;
  ASSERT_TRUE(silences.set(kTenant, of("a=e", later, later + 1), later).ok());
  EXPECT_EQ(silences.get(kTenant, soon).error().code, Code::kNotFound);
}

TEST(SilenceJson, IsAlertmanagers) {
  Silence silence = of("a=b,c!=d,e=~f,g!~h");
  silence.id = "id";
  silence.updated_at_ms = kNow;
  EXPECT_EQ(boost::json::parse(silence_json(silence, kNow)), boost::json::parse(R"({
    "id": "id", "status": {"state": "active"}, "updatedAt": "2023-11-14T22:13:20.000Z", "comment": "why",
    "createdBy": "me", "startsAt": "2023-11-14T22:13:20.000Z", "endsAt": "2023-11-14T23:13:20.000Z",
    "matchers": [{"name": "a", "value": "b", "isRegex": false, "isEqual": true},
                 {"name": "c", "value": "d", "isRegex": false, "isEqual": false},
                 {"name": "e", "value": "f", "isRegex": true, "isEqual": true},
                 {"name": "g", "value": "h", "isRegex": true, "isEqual": false}]})"));
  const auto read = parse_silences(silences_json({silence}, kNow));
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(silence_json((*read)[0], kNow), silence_json(silence, kNow));
}

TEST(SilenceJson, ReadsWhatAmtoolPosts) {
  const auto silence = parse_silence(R"({"comment":"c","createdBy":"b","startsAt":"2023-11-14T23:13:20+01:00",
    "endsAt":"2023-11-14T23:13:20Z","matchers":[{"name":"a","value":"b","isRegex":false}]})");
  ASSERT_TRUE(silence.ok()) << silence.error().message;
  EXPECT_EQ(silence->id, "");
  EXPECT_EQ(silence->starts_at_ms, kNow);
  EXPECT_EQ(matchers_text(silence->matchers), R"({a="b"})");
}

TEST(SilenceJson, SaysWhatIsWrong) {
  const auto fault = [](std::string_view matchers, std::string_view start = "2023-11-14T22:13:20Z") {
    return parse_silence(R"({"comment":"c","createdBy":"b","endsAt":"2023-11-14T23:13:20Z","startsAt":")" +
                         std::string(start) + R"(","matchers":)" + std::string(matchers) + "}")
        .error()
        .message;
  };
  EXPECT_THAT(fault("1"), HasSubstr("\"matchers\": expected a list"));
  EXPECT_THAT(fault("[1]"), HasSubstr("expected objects"));
  EXPECT_THAT(fault(R"([{"name":"","value":"x"}])"), HasSubstr("a name is empty"));
  EXPECT_THAT(fault(R"([{"name":"a","value":1}])"), HasSubstr("\"value\": expected text"));
  EXPECT_THAT(fault(R"([{"name":"a","value":"(","isRegex":true}])"), HasSubstr("missing"));
  EXPECT_THAT(fault("[]", "yesterday"), HasSubstr("\"startsAt\""));
  EXPECT_THAT(parse_silence("{").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(parse_silence("[]").error().message, HasSubstr("expected an object"));
  EXPECT_THAT(parse_silences("{}").error().message, HasSubstr("expected a list"));
}

}  // namespace
}  // namespace weir::notify
