#include "wire/influx_line.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr TimestampMs kNow = 1'700'000'000'000;

InfluxOptions options() {
  InfluxOptions options;
  options.now_ms = kNow;
  options.precision = InfluxPrecision::kMilliseconds;
  return options;
}

InfluxReport decode(std::string_view text, Batch& batch, const InfluxOptions& how = options()) {
  auto report = decode_influx_lines(text, how, batch);
  EXPECT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->lines.size(), batch.series_count());
  return report.ok() ? *report : InfluxReport();
}

/// "series value@time" of each, in order.
std::vector<std::string> samples(const Batch& batch) {
  std::vector<std::string> out;
  for (const Batch::Series& series : batch.series()) {
    EXPECT_EQ(series.sample_count, 1u);
    EXPECT_TRUE(LabelsView::validate(batch.labels(series).bytes()).ok());
    out.push_back(fmt::format("{} {}@{}", batch.labels(series).to_string(), batch.values(series)[0],
                              batch.timestamps_ms(series)[0]));
  }
  return out;
}
std::vector<std::string> samples(std::string_view text, const InfluxOptions& how = options()) {
  Batch batch;
  const InfluxReport report = decode(text, batch, how);
  for (const InfluxFault& fault : report.faults) ADD_FAILURE() << text << ": " << fault.message;
  return samples(batch);
}
/// The series of a text with one field.
std::string series(std::string_view text) {
  const auto all = samples(text);
  EXPECT_THAT(all, SizeIs(1)) << text;
  return all.empty() ? "" : all[0].substr(0, all[0].rfind(' '));
}
/// "line:column: message" of the one line that is refused.
std::string fault(std::string_view text) {
  Batch batch;
  const InfluxReport report = decode(text, batch);
  EXPECT_EQ(report.bad_lines, 1u) << text;
  if (report.faults.size() != 1) return "no fault";
  const InfluxFault& one = report.faults[0];
  return fmt::format("{}:{}: {}", one.line, one.column, one.message);
}

TEST(InfluxLine, DecodesTheDocumentedExample) {
  InfluxOptions how = options();
  how.precision = InfluxPrecision::kNanoseconds;
  EXPECT_THAT(
      samples("measurement,tag=value,tag2=value2 field=1.5,field2=3i,field3=\"text\" 1700000000000000000",
              how),
      ElementsAre(R"(measurement_field{tag="value",tag2="value2"} 1.5@1700000000000)",
                  R"(measurement_field2{tag="value",tag2="value2"} 3@1700000000000)"));
}

TEST(InfluxLine, DecodesWhatTelegrafSends) {
  EXPECT_THAT(
      samples("cpu,cpu=cpu-total,host=db\\ 1 usage_idle=98.5,usage_user=1.25 5\n"
              "mem,host=db\\ 1 total=8251318272i,used_percent=41.2 5\n"
              "system,host=db\\ 1 uptime_format=\"3 days, 21:01\" 5\n"),
      ElementsAre(R"(cpu_usage_idle{cpu="cpu-total",host="db 1"} 98.5@5)",
                  R"(cpu_usage_user{cpu="cpu-total",host="db 1"} 1.25@5)",
                  R"(mem_total{host="db 1"} 8251318272@5)", R"(mem_used_percent{host="db 1"} 41.2@5)"));
}

TEST(InfluxLine, NamesEverySeriesByMeasurementAndField) {
  EXPECT_EQ(series("m value=1"), "m_value");
  EXPECT_EQ(series("a.b-c d/e=1"), "a.b-c_d/e");
}

TEST(InfluxLine, SortsTagsAroundTheName) {
  EXPECT_EQ(series("m,z=1,Z=2,a=3,_a=4,_=5,__o=6,__a=7 f=1"),
            R"(m_f{Z="2",_="5",__a="7",__o="6",_a="4",a="3",z="1"})");
}

TEST(InfluxLine, DatesWhatHasNoTimestampNow) {
  EXPECT_THAT(samples("m f=1\nm f=2 7"), ElementsAre("m_f 1@1700000000000", "m_f 2@7"));
}

TEST(InfluxLine, ReadsEveryKindOfValue) {
  EXPECT_THAT(samples(R"(m a=1,b=-2.5e3,c=3i,d=4u,e=t,g=FALSE,h="x",i=.5 1)"),
              ElementsAre("m_a 1@1", "m_b -2500@1", "m_c 3@1", "m_d 4@1", "m_e 1@1", "m_g 0@1", "m_i 0.5@1"));
}

TEST(InfluxLine, CountsStringsAndKeepsNothingOfThem) {
  Batch batch;
  const InfluxReport report = decode("m a=\"x\",b=1,c=\"\"\nm d=\"y\"\n", batch);
  EXPECT_EQ(report.strings, 3u);
  EXPECT_EQ(report.bad_lines, 0u);
  EXPECT_THAT(samples(batch), ElementsAre("m_b 1@1700000000000"));
}

TEST(InfluxLine, FindsTheEndOfStrings) {
  EXPECT_THAT(samples(R"(m a="x, y=z w",b=1 1)"), ElementsAre("m_b 1@1"));
  EXPECT_THAT(samples(R"(m a="say \"no\"",b=1 1)"), ElementsAre("m_b 1@1"));
  EXPECT_THAT(samples(R"(m a="back\\",b=1 1)"), ElementsAre("m_b 1@1"));
  EXPECT_THAT(samples(R"(m a="C:\temp\",b=\"x",c=1 1)"), ElementsAre("m_c 1@1"));
  EXPECT_THAT(samples(R"(m a="\\\"",b=1 1)"), ElementsAre("m_b 1@1"));
  EXPECT_THAT(samples("m a=\"\t\r\n# no comment\nm x=1 1\",b=1 1\nm c=2 2"),
              ElementsAre("m_b 1@1", "m_c 2@2"));
}

TEST(InfluxLine, UnescapesMeasurements) {
  EXPECT_EQ(series(R"(a\ b\,c f=1)"), "a b,c_f");
  EXPECT_EQ(series(R"(a=b f=1)"), "a=b_f") << "an equals sign means nothing there";
  EXPECT_EQ(series(R"(a\=b f=1)"), R"(a\=b_f)") << "nor can it be escaped";
  EXPECT_EQ(series(R"(a\b\"c" f=1)"), R"(a\b\"c"_f)");
  EXPECT_EQ(series(R"(a\\ b f=1)"), R"(a\ b_f)") << "the second backslash escapes the space";
}

TEST(InfluxLine, UnescapesTags) {
  EXPECT_EQ(series(R"(m,a\ b\,c\=d=e\ f\,g\=h f=1)"), R"(m_f{a b,c=d="e f,g=h"})");
  EXPECT_EQ(series(R"(m,a=\b\\c f=1)"), R"(m_f{a="\\b\\\\c"})") << "a backslash before anything else is one";
  EXPECT_EQ(series(R"(m,a=x\\\,y f=1)"), R"(m_f{a="x\\\\,y"})");
  EXPECT_EQ(series(R"(m,a="x",b='y' f=1)"), R"(m_f{a="\"x\"",b="'y'"})") << "quotes are characters";
  EXPECT_EQ(series(R"(m,p\ath=C:\\dir,x\==\= f=1)"), R"(m_f{p\ath="C:\\\\dir",x=="="})");
}

TEST(InfluxLine, UnescapesFieldKeys) {
  EXPECT_EQ(series(R"(m a\ b\,c\=d=1)"), "m_a b,c=d");
  EXPECT_EQ(series(R"(m "q"\x=1)"), R"(m_"q"\x)");
}

TEST(InfluxLine, KeepsManyUnescapedNamesApart) {
  std::string text = "m";
  std::string expected;
  for (char c = 'a'; c <= 'z'; ++c) {
    text += fmt::format(",{0}\\ {0}=\\ {0}", c);
    expected += fmt::format("{0}{1} {1}=\" {1}\"", c == 'a' ? "" : ",", c);
  }
  EXPECT_EQ(series(text + " f=1"), "m_f{" + expected + "}");
}

TEST(InfluxLine, PassesOverCommentsAndEmptyLines) {
  EXPECT_THAT(samples("\n# a comment, \"with all\n\r\n   \n  # another\n m f=1 1\n\n#"),
              ElementsAre("m_f 1@1"));
  EXPECT_THAT(samples(""), IsEmpty());
  EXPECT_THAT(samples("\n\n"), IsEmpty());
  EXPECT_THAT(samples("#\x01\xff"), IsEmpty()) << "a comment may be anything";
}

TEST(InfluxLine, EndsLinesAsBothSystemsDo) {
  EXPECT_THAT(samples("m f=1 1\r\nm f=2\r\nm f=\"x\"\r\nm,a=b f=3 3   \r\nm f=4 4\r"),
              ElementsAre("m_f 1@1", "m_f 2@1700000000000", "m_f{a=\"b\"} 3@3", "m_f 4@4"));
}

TEST(InfluxLine, TakesSeveralSpacesBetweenItsParts) {
  EXPECT_THAT(samples("  m,a=b   f=1   5   \n"), ElementsAre("m_f{a=\"b\"} 1@5"));
}

TEST(InfluxLine, TakesATagWithoutAValueAsAbsent) {
  EXPECT_EQ(series("m,a=,b=1,c= f=1"), R"(m_f{b="1"})");
}

TEST(InfluxLine, KeepsUtf8) {
  EXPECT_EQ(series("température,pièce=grenier\\ n°1 °C=1"), R"(température_°C{pièce="grenier n°1"})");
}

TEST(InfluxLine, NamesLineAndColumnAndWhatWasExpected) {
  EXPECT_EQ(fault("m"), "1:2: expected a comma and a tag, or a space and a field, found the end of the text");
  EXPECT_EQ(fault("m f=1\nm\n"),
            "2:2: expected a comma and a tag, or a space and a field, found the end of the line");
  EXPECT_EQ(fault("  ,a=b f=1"), R"(1:3: expected a measurement, found ",")");
  EXPECT_EQ(fault("m,=b f=1"), R"(1:3: expected a tag's name, found "=")");
  EXPECT_EQ(fault("m, f=1"), R"(1:3: expected a tag's name, found " ")");
  EXPECT_EQ(fault("m,a=b, f=1"), R"(1:7: expected a tag's name, found " ")");
  EXPECT_EQ(fault("m,a f=1"), R"(1:4: expected "=" after the tag's name "a", found " ")");
  EXPECT_EQ(fault("m,a=b=c f=1"), R"(1:6: found "=" in the value of tag "a", expected "\=")");
  EXPECT_EQ(fault("m,a=b"),
            "1:6: expected a comma and a tag, or a space and a field, found the end of the text");
  EXPECT_EQ(fault("m,a=b "), "1:7: expected a field's name, found the end of the text");
  EXPECT_EQ(fault("m =1"), R"(1:3: expected a field's name, found "=")");
  EXPECT_EQ(fault("m f"), R"(1:4: expected "=" after the field's name "f", found the end of the text)");
  EXPECT_EQ(fault("m f 1"), R"(1:4: expected "=" after the field's name "f", found " ")");
  EXPECT_EQ(fault("m f=1,"), "1:7: expected a field's name, found the end of the text");
  EXPECT_EQ(fault("m f=1, g=2"), R"(1:7: expected a field's name, found " ")");
  EXPECT_EQ(
      fault("m f=\r\n"),
      "1:5: expected a number, a boolean, or a string in quotes for field \"f\", found the end of the line");
  EXPECT_EQ(fault("m f= 1"),
            R"(1:5: expected a number, a boolean, or a string in quotes for field "f", found " ")");
  EXPECT_EQ(fault("m f=1,g=NaN"),
            R"(1:9: expected a number, a boolean, or a string in quotes for field "g", found "NaN")");
  EXPECT_EQ(fault("m f=1e400"),
            R"(1:5: expected a number (1, -2.5, 3e8, 4i or 5u) in its range for field "f", found "1e400")");
  EXPECT_THAT(fault("m f=tru"), HasSubstr(R"(1:5: expected a boolean (t, T, true, True, TRUE, f)"));
  EXPECT_EQ(fault("m f=\"x\"y"),
            R"(1:8: expected a comma, a space or the end of the line after a field, found "y")");
  EXPECT_EQ(fault("m f=1 abc"), R"(1:7: expected a timestamp, an integer of 64 bits, found "abc")");
  EXPECT_EQ(fault("m f=1 1 2"), R"(1:9: expected the end of the line after the timestamp, found "2")");
  EXPECT_EQ(fault("m f=1 1,g=2"), R"(1:8: expected the end of the line after the timestamp, found ",")");
}

TEST(InfluxLine, RefusesLabelsThatCannotBe) {
  EXPECT_EQ(fault("m,b=1,a=2,b=3 f=1"), R"(1:11: tag "b" is given twice)");
  EXPECT_EQ(fault(R"(m,a\ b=1,a\ b= f=1)"), R"(1:10: tag "a b" is given twice)");
  EXPECT_EQ(fault("m,a=1,__name__=x f=1"),
            "1:7: a tag may not be called __name__, which holds the name of a series");
  std::string many = "m";
  for (int i = 0; i < 1'000; ++i) many += fmt::format(",t{}=1", i);
  EXPECT_THAT(samples(many + " f=1"), SizeIs(1));
  EXPECT_THAT(fault(many + ",u=1 f=1"), HasSubstr("more than 1000 tags, the limit"));
}

TEST(InfluxLine, RefusesControlCharactersInNames) {
  EXPECT_EQ(fault("m\t f=1"),
            "1:2: expected a comma and a tag, or a space and a field, found the control character 0x09");
  EXPECT_EQ(fault("m,a=\x7f f=1"),
            "1:5: expected a comma and a tag, or a space and a field, found the control character 0x7f");
  EXPECT_EQ(fault(std::string_view("\0 f=1", 5)),
            "1:1: expected a measurement, found the control character 0x00");
  EXPECT_EQ(fault("m\r f=1"),
            "1:2: expected a comma and a tag, or a space and a field, found the control character 0x0d");
}

TEST(InfluxLine, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(fault("m,a=\xc3( f=1"), "1:5: expected UTF-8, found the byte 0xc3");
  EXPECT_EQ(fault("m f\xff=1"), "1:4: expected UTF-8, found the byte 0xff");
  EXPECT_EQ(fault("m f=\"x\ny\xed\xa0\x80\",g=1 1"), "2:2: expected UTF-8, found the byte 0xed");
}

TEST(InfluxLine, ABadLineCostsThatLineAlone) {
  Batch batch;
  const InfluxReport report = decode(
      "a f=1 1\n"
      "b f=1,g=x 1\n"
      "c f=1 1\n"
      "d,\n"
      "e f=\"multi\nline\",g=! 1\n"
      "f f=1 1\n"
      "g f=\"open\n"
      "h f=1 1\n",
      batch);
  EXPECT_THAT(samples(batch), ElementsAre("a_f 1@1", "c_f 1@1", "f_f 1@1", "h_f 1@1"));
  EXPECT_THAT(report.lines, ElementsAre(1, 3, 7, 9));
  EXPECT_EQ(report.bad_lines, 4u);
  std::vector<std::pair<uint32_t, uint32_t>> places;
  for (const InfluxFault& one : report.faults) places.emplace_back(one.line, one.column);
  using Place = std::pair<uint32_t, uint32_t>;
  EXPECT_THAT(places, ElementsAre(Place(2, 9), Place(4, 3), Place(6, 9), Place(8, 5)));
  EXPECT_THAT(report.faults[3].message, HasSubstr("has no end, expected a closing quote"));
}

TEST(InfluxLine, KeepsTheFirstHundredFaultsAndCountsAll) {
  std::string text;
  for (int i = 0; i < 250; ++i) text += "bad\n";
  Batch batch;
  const InfluxReport report = decode(text + "m f=1\n", batch);
  EXPECT_EQ(report.bad_lines, 250u);
  EXPECT_THAT(report.faults, SizeIs(100));
  EXPECT_EQ(report.faults.back().line, 100u);
  EXPECT_THAT(report.lines, ElementsAre(251));
}

TEST(InfluxLine, ShortensNamesInMessages) {
  EXPECT_THAT(fault("m f=1 " + std::string(1'000, 'x')), SizeIs(::testing::Lt(200u)));
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "é";
  const std::string message = fault("m x" + accents);
  EXPECT_THAT(message, HasSubstr("é\"..."));
}

TEST(InfluxLine, GivesEachSeriesTheExtraLabel) {
  InfluxOptions how = options();
  how.extra = {"db", "telegraf"};
  EXPECT_THAT(samples("m,a=1,host=h f=1 1\nm f=2 1\nm,db=own f=3 1\nm,db= f=4 1", how),
              ElementsAre(R"(m_f{a="1",db="telegraf",host="h"} 1@1)", R"(m_f{db="telegraf"} 2@1)",
                          R"(m_f{db="own"} 3@1)", R"(m_f{db="telegraf"} 4@1)"));
  how.extra = {"db", ""};
  EXPECT_THAT(samples("m f=1 1", how), ElementsAre("m_f 1@1"));
}

TEST(InfluxLine, HoldsToItsLimits) {
  InfluxOptions how = options();
  how.samples_max = 3;
  Batch batch;
  EXPECT_EQ(decode("m a=1,b=2,s=\"x\"\nbad\nm c=3\n", batch, how).bad_lines, 1u);
  Batch other;
  other.begin_series(Labels::of({{"__name__", "before"}}).view().bytes());
  for (const char* text : {"m a=1,b=2\nm c=3,d=4", "m a=1,b=2,c=3,d=4"}) {
    const auto report = decode_influx_lines(text, how, other);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code, Code::kResourceExhausted);
    EXPECT_EQ(report.error().message, "line protocol: more than 3 samples, the limit");
    EXPECT_EQ(other.series_count(), 1u) << "nothing is kept";
  }
  how = options();
  how.label_bytes_max = 2 * Labels::of({{"__name__", "m_a"}, {"t", "v"}}).view().bytes().size();
  EXPECT_THAT(samples("m,t=v a=1,b=2", how), SizeIs(2));
  const auto report = decode_influx_lines("m,t=v a=1,b=2\nm c=3", how, other);
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().message, HasSubstr("bytes of labels, the limit"));
  EXPECT_EQ(other.series_count(), 1u);
}

TEST(InfluxLine, FindsEscapedNamesAgain) {
  constexpr std::string_view kAlphabet = "ab\\ ,=\"";
  os::Random random(7);
  const auto name = [&] {
    std::string out;
    for (uint64_t left = random.below(7); left > 0; --left) out += kAlphabet[random.below(kAlphabet.size())];
    return "x" + out + "x";  // a backslash at the end would escape what follows it
  };
  const auto escape = [](std::string_view text, std::string_view marks) {
    std::string out;
    for (const char c : text) {
      if (marks.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
    return out;
  };
  for (int i = 0; i < 2'000; ++i) {
    const std::string measurement = name(), tag = name(), value = name(), field = name();
    const std::string text = escape(measurement, ", ") + "," + escape(tag, ",= ") + "=" +
                             escape(value, ",= ") + " " + escape(field, ",= ") + "=1 1";
    Batch batch;
    const InfluxReport report = decode(text, batch);
    ASSERT_THAT(report.faults, IsEmpty()) << text << ": " << report.faults[0].message;
    const LabelsView labels = batch.labels(batch.series()[0]);
    EXPECT_EQ(labels.metric(), measurement + "_" + field) << text;
    EXPECT_EQ(labels.get(tag), value) << text;
  }
}

}  // namespace
}  // namespace weir::wire
