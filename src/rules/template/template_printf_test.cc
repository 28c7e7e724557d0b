#include <gtest/gtest.h>

#include "rules/template/template_testing.h"

// printf with Go's verbs, flags, widths and precisions. What is expected is what Prometheus 3.16 says.
namespace weir::rules::templates {
namespace {

struct Case {
  const char* text;
  const char* expected;
};

constexpr Case kCases[] = {
    {R"({{ printf "%v" (args 1 "b") }})", "map[arg0:1 arg1:b]"},
    {R"({{ "a" | printf "%s-%d" "b" }})", "b-%!d(string=a)"},
    {R"({{ printf "%s" (safeHtml "x") }})", "x"},
    {R"({{ printf "%v %+v" (query "x" | first) (query "x" | first) }})",
     "&{map[__name__:m dev:sda instance:b:1] 3} &{Labels:map[__name__:m dev:sda instance:b:1] Value:3}"},
    {R"({{ printf "%s|%v" (toTime 5) (toDuration 5) }})", "1970-01-01 00:00:05 +0000 UTC|5s"},
    {R"({{ printf "%d %5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%b|%c|%q|%U|%#U|%O" 42 42 42 42 42 42 42 42 42 42 42 42 65 65 65 65 8 }})",
     "42    42|42   |00042|+42| 42|2a|2A|0x2a|52|052|101010|A|'A'|U+0041|U+0041 'A'|0o10"},
    {R"({{ printf "%.3d|%8.3d|%-8.3d|%+.3d|%.0d|%08.3d" 5 5 5 5 0 5 }})",
     "005|     005|005     |+005||     005"},
    {R"({{ printf "%d" -7 }}{{ printf "%05d|%x" -7 -255 }})", "-7-0007|-ff"},
    {R"({{ printf "%f %.2f %8.2f|%-8.2f|%08.2f|%+.1f|% .1f|%e|%E|%g|%G|%.3g|%v" 3.14159 3.14159 3.14159 3.14159 3.14159 3.14159 3.14159 314159.0 314159.0 314159.0 1e21 314159.0 1e6 }})",
     "3.141590 3.14     3.14|3.14    |00003.14|+3.1| "
     "3.1|3.141590e+05|3.141590E+05|314159|1E+21|3.14e+05|1e+06"},
    {R"({{ printf "%g %g %g %g %v %v" 1e20 1e21 123456789.0 0.00001 1e-5 100000.0 }})",
     "1e+20 1e+21 1.23456789e+08 1e-05 1e-05 100000"},
    {R"({{ printf "%6.2f%%" 12.345 }})", " 12.35%"},
    {R"({{ printf "%t|%5t|%v|%d" true false true true }})", "true|false|true|%!d(bool=true)"},
    {R"({{ printf "%s|%10s|%-10s|%.2s|%q|%x|%X|% x|%#x|%#q|%+q|%v|%#v" "abc" "abc" "abc" "abc" "a\"b\n" "abc" "abc" "abc" "abc" "abc" "é" "abc" "a" }})",
     R"(abc|       abc|abc       |ab|"a\"b\n"|616263|616263|61 62 63|0x616263|`abc`|"\u00e9"|abc|"a")"},
    {R"({{ printf "%5s|%-5s|%.1s" "é" "é" "éa" }})", "    é|é    |é"},
    {R"({{ printf "%05s" "a" }})", "0000a"},
    {R"({{ printf "%d" "a" }})", "%!d(string=a)"},
    {R"({{ printf "%s" 1 }})", "%!s(int=1)"},
    {R"({{ printf "%s" 1.5 }})", "%!s(float64=1.5)"},
    {R"({{ printf "%d" 1.5 }})", "%!d(float64=1.5)"},
    {R"({{ printf "%f" 1 }})", "%!f(int=1)"},
    {R"({{ printf "%t" 1 }})", "%!t(int=1)"},
    {R"({{ printf "%d" }})", "%!d(MISSING)"},
    {R"({{ printf "%" }})", "%!(NOVERB)"},
    {R"({{ printf "%d %d" 1 }})", "1 %!d(MISSING)"},
    {R"({{ printf "x" 1 "a" nil }})", "x%!(EXTRA int=1, string=a, <nil>)"},
    {R"({{ printf "%z" 1 }})", "%!z(int=1)"},
    {R"({{ printf "%é" 1 }})", "%!é(int=1)"},
    {R"({{ printf "%s" nil }})", "%!s(<nil>)"},
    {R"({{ printf "%v" nil }})", "<nil>"},
    {R"({{ printf "%*d|%-*d|%.*f" 5 1 5 2 2 3.14159 }})", "    1|2    |3.14"},
    {R"({{ printf "%[2]d %[1]d" 1 2 }})", "2 1"},
    {R"({{ printf "%[3]d" 1 2 }})", "%!d(BADINDEX)"},
    {R"({{ printf "%[x]d" 1 }})", "%!d(BADINDEX)"},
    {R"({{ printf "%[1]*[2]d" 5 7 }})", "    7"},
    {R"({{ printf "%[1" 1 }})", "%!(NOVERB)"},
    {R"({{ printf "%*d" "a" 1 }})", "%!(BADWIDTH)1"},
    {R"({{ printf "%.*d" -1 1 }})", "%!(BADPREC)1"},
    {R"({{ printf "%!" 1 }})", "%!!(int=1)"},
    {R"({{ printf "%v %s %d" $labels $labels $labels }})",
     "map[alertname:Test instance:web-1.example.com:9100 job:node num:1234567] map[alertname:Test "
     "instance:web-1.example.com:9100 job:node num:1234567] map[%!d(string=alertname):%!d(string=Test) "
     "%!d(string=instance):%!d(string=web-1.example.com:9100) %!d(string=job):%!d(string=node) "
     "%!d(string=num):%!d(string=1234567)]"},
    {R"({{ printf "%v" . }})",
     "{map[alertname:Test instance:web-1.example.com:9100 job:node num:1234567] map[cluster:c<1> region:eu] "
     "http://weir.example:9090/p/x 91.5}"},
    {R"({{ printf "%+v" . }})",
     "{Labels:map[alertname:Test instance:web-1.example.com:9100 job:node num:1234567] "
     "ExternalLabels:map[cluster:c<1> region:eu] ExternalURL:http://weir.example:9090/p/x Value:91.5}"},
    {R"({{ printf "%.f|%5.f" 2.5 3.5 }})", "2|    4"},
    {R"({{ printf "%10.3v|%-10v|%+v" 3.14159 1.5 2.5 }})", "      3.14|1.5       |2.5"},
    {R"({{ printf "%q" 1.5 }})", "%!q(float64=1.5)"},
    {R"({{ printf "%s %d" (toTime 5).Month (toTime 5).Month }})", "January 1"},
    {R"({{ printf "%s" (now | toTime) }})", "2023-11-14 22:13:20.122 +0000 UTC"},
    {R"({{ printf "%5t|%q" true 'x' }})", " true|'x'"},
    {R"({{ printf "%c%c" 233 1114112 }})", "é�"},
    {R"({{ printf "%-05d|%+5d|%x" 3 3 "" }})", "3    |   +3|"},
    {R"({{ printf "%6.3v|%.2v" "abcdef" 1234.5 }})", "   abc|1.2e+03"},
    {R"({{ printf "%v" 1e100 }} {{ 1e100 }} {{ 0.1 }} {{ 1e5 }} {{ 12345678.0 }})",
     "1e+100 1e+100 0.1 100000 1.2345678e+07"},
    {R"({{ printf "%.0f %.10f %.20f" 0.5 0.1 0.1 }})", "0 0.1000000000 0.10000000000000000555"},
    {R"({{ printf "%08v|%+08.2f" -1.5 1.5 }})", "-00001.5|+0001.50"},
    {R"({{ $labels.job | toUpper | printf "%s!" }})", "NODE!"},
    {R"({{ $value | printf "%.1f" | printf "<%s>" }})", "<91.5>"},
    {R"(100% {{ printf "%d%%" 5 }})", "100% 5%"},
    {R"({{ with printf "up{job='%s'}" .Labels.job | query }}{{ . | first | value }}{{ end }})", "3"},
};

TEST(TemplatePrintf, PrintsAsGo) {
  for (const Case& each : kCases) EXPECT_EQ(expanded(each.text), each.expected) << each.text;
}

}  // namespace
}  // namespace weir::rules::templates
