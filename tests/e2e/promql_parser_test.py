#!/usr/bin/env python3
"""How scripts of Prometheus are read, and what is taken for a right answer: where promql_scripts_test.py could be wrong silently."""
import math
import pathlib
import struct
import tempfile
import unittest

from promql import expectation, histogram, runner, script, series
from promql.histogram import Histogram
from promql.known_failures import KnownFailures

INF = math.inf


class SeriesTest(unittest.TestCase):
    def test_values(self):
        for text, values in (
            ("1 -2 .5 1e3 Inf -Inf", [1, -2, 0.5, 1000, INF, -INF]),
            ("1+2x3", [1, 3, 5, 7]),
            ("10-5x2", [10, 5, 0]),
            ("-1+1x1", [-1, 0]),
            ("0+10x0", [0]),
            ("7x2", [7, 7, 7]),
            ("1e+2x1", [100, 100]),
            ("_ 1 _x2 2", [None, 1, None, None, 2]),
            ("", []),
        ):
            self.assertEqual(series.parse_values(text), values, text)
        self.assertTrue(math.isnan(series.parse_values("NaN")[0]))
        self.assertEqual(struct.pack("<d", series.parse_values("stale")[0]), struct.pack("<Q", 0x7FF0000000000002))

    def test_refuses_other_values(self):
        for text in ("1x", "1+2", "x3", "_x", "1,2", "0x10z", "{{sum:1}}+x3", "{{sum:1}", "{{sum}}", "{{sum:1 sum:2}}", "{{foo:1}}",
                     "{{counter_reset_hint:foo}}"):
            with self.assertRaises(ValueError, msg=text):
                series.parse_values(text)

    def test_histograms(self):
        whole = series.parse_histogram(
            "schema:1 sum:0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3 n_buckets:[4.1 5] n_offset:5 "
            "counter_reset_hint:gauge")
        self.assertEqual(whole, Histogram(1, 3.1, 0.3, 0.05, 7.1, {-3: 5.1, -2: 10, -1: 7}, {5: 4.1, 6: 5}, [], "gauge"))
        self.assertEqual(series.parse_values("{{}} {{ }}"), [Histogram(), Histogram()])
        self.assertEqual(series.parse_values("{{sum:1}}x2"), [Histogram(sum=1)] * 3)
        self.assertEqual(series.parse_values("{{sum:1 buckets:[1]}}+{{sum:2 buckets:[1 1]}}x1"),
                         [Histogram(sum=1, positive={0: 1}), Histogram(sum=3, positive={0: 2, 1: 1})])
        self.assertEqual(series.parse_values("{{sum:1}}-{{sum:2}}x1 5"), [Histogram(sum=1), Histogram(sum=-1), 5])

    def test_adds_finer_histograms_in_the_coarser_schema(self):
        self.assertEqual(series.parse_values("{{buckets:[5] schema:0}}+{{buckets:[1 2] schema:1}}x1")[1].positive, {0: 6, 1: 2})

    def test_labels(self):
        for text, labels in (
            ("m 1", {"__name__": "m"}),
            ("m{} 1", {"__name__": "m"}),
            ("m {{}}", {"__name__": "m"}),
            ('m{a="b", c=\'d\',} 1', {"__name__": "m", "a": "b", "c": "d"}),
            ('{a="x y}",b="\\"\\\\\\n\\u00e9"} 1', {"a": "x y}", "b": '"\\\né'}),
            ("{a=`\\n`} 1", {"a": "\\n"}),
            ('{"a name", "a.b"="c"} 1', {"__name__": "a name", "a.b": "c"}),
            ('http.requests{場所="東京"} 1', {"__name__": "http.requests", "場所": "東京"}),
            ("{} 1", {}),
        ):
            parsed = series.parse_series(text)
            self.assertEqual((parsed.labels, len(parsed.values)), (labels, 1), text)


class ScriptTest(unittest.TestCase):
    def only(self, text: str):
        commands = script.parse(text)
        self.assertEqual(len(commands), 1)
        return commands[0]

    def test_commands_end_at_empty_lines_and_comments(self):
        commands = script.parse("load 1m30s\n  m 1\n\n# text\nclear\nload_with_nhcb 5m\n  h_bucket{le=\"1\"} 1\n# text\neval instant at 1m m\n")
        self.assertEqual([(type(one), one.line) for one in commands],
                         [(script.Load, 1), (script.Clear, 5), (script.Load, 6), (script.Eval, 9)])
        self.assertEqual((commands[0].step_ms, commands[0].with_custom_buckets, commands[2].with_custom_buckets), (90_000, False, True))

    def test_names_the_line_of_what_it_cannot_read(self):
        for text in ("load 1m\n  m 1y", "eval instant at 1m m\n  {} 1 2", "eval m", "\nevaluate", "eval instant at 1x m",
                     "eval instant at 1m m\n  expect nothing"):
            with self.assertRaisesRegex(ValueError, "line [12]: "):
                script.parse(text)

    def test_leaves_out_start_times(self):
        load = self.only('load 1m\n  m{a="1"}@st -1mx2\n  m{a="1"} 1x2\n')
        self.assertEqual([one.labels for one in load.series], [{"__name__": "m", "a": "1"}])

    def test_loads_the_last_of_what_is_given_twice(self):
        load = self.only('load 1m\n  m{a="1",b="2"} 1\n  n 5\n  m{b="2",a="1"} 3\n')
        self.assertEqual([one.values for one in load.series], [[3], [5]])

    def test_ranges(self):
        one = self.only("eval range from 10 to 1h step 1m30s sum(m) - 2\n  {} 1 2\n" .replace("10 to", "10s to"))
        self.assertEqual((one.text, one.start_ms, one.end_ms, one.step_ms, one.is_range), ("sum(m) - 2", 10_000, 3_600_000, 90_000, True))

    def test_expectations(self):
        one = self.only("eval instant at 0 m\n expect ordered\n expect warn msg: a (1:1)\n expect warn regex: b.*\n expect no_info\n m 1\n n 2\n")
        self.assertEqual((one.ordered, one.no_info, one.no_warn, one.info, len(one.warn), len(one.series)), (True, True, False, [], 2, 2))
        self.assertTrue(one.warn[0].matches("a (1:1)") and not one.warn[0].matches("a (1:10)"))
        self.assertTrue(one.warn[1].matches("a bc") and not one.warn[1].matches("ac"))
        self.assertEqual(self.only('eval instant at 0 m\n expect string "a\\n"\n').string, "a\n")
        self.assertEqual(self.only("eval instant at 0 m\n expect range vector from 10s to 1m step 10s\n m 1 2\n").range_vector,
                         (10_000, 60_000, 10_000))
        self.assertEqual(self.only("eval instant at 0 1\n 0x10\n").scalar, 16)
        self.assertEqual(self.only("eval instant at 0 1\n -Inf\n").scalar, -INF)
        self.assertEqual(self.only("eval_fail instant at 0 m\n expected_fail_message x y\n").fail, script.Message(text="x y"))
        self.assertEqual(self.only("eval_fail instant at 0 m\n").fail, script.Message())
        self.assertEqual(self.only("eval instant at 0 m\n expect fail msg:x\n").fail, script.Message(text="x"))
        self.assertTrue(self.only("eval_ordered instant at 0 m\n").ordered)
        self.assertEqual(self.only("eval_warn instant at 0 m\n").warn, [script.Message()])
        self.assertEqual(self.only("eval_info range from 0 to 1m step 1m m\n").info, [script.Message()])


class HistogramTest(unittest.TestCase):
    def test_shows_buckets_as_the_api_does(self):
        shown = Histogram(0, 10, 0, 0.5, 2, {0: 1, 1: 0, 2: 3}, {1: 4}).shown()
        self.assertEqual(shown, [(1, -2, -1, 4), (3, -0.5, 0.5, 2), (0, 0.5, 1, 1), (0, 2, 4, 3)])
        custom = Histogram(schema=histogram.CUSTOM_BUCKETS, positive={0: 1, 1: 2, 2: 3}, custom_values=[5, 10]).shown()
        self.assertEqual(custom, [(3, -INF, 5, 1), (0, 5, 10, 2), (0, 10, INF, 3)])
        self.assertEqual(Histogram(schema=-4, positive={64: 1}).shown()[0][2], 1.7976931348623157e308)

    def test_spans(self):
        self.assertEqual(histogram.spans([-2, -1, 3, 4, 5, 9]), [(-2, 2), (3, 3), (3, 1)])
        self.assertEqual(histogram.spans([]), [])

    def test_makes_custom_buckets_of_classic_ones(self):
        load = script.parse('load_with_nhcb 1m\n  h_bucket{le="1"} 1 2\n  h_bucket{le="+Inf"} 4 _\n  h_sum 9\n  h_count _ 5\n  other 1\n')[0]
        ((labels, values),) = runner.custom_bucket_series(load)
        self.assertEqual(labels, {"__name__": "h"})
        self.assertEqual(values, [Histogram(-53, 4, 9, positive={0: 1, 1: 3}, custom_values=[1]),
                                  Histogram(-53, 5, 0, positive={0: 2, 1: 3}, custom_values=[1])])


class ExpectationTest(unittest.TestCase):
    def test_numbers(self):
        for a, b, same in ((1, 1.0000001, True), (1, 1.00001, False), (0, 1e-300, False), (math.nan, math.nan, True), (math.nan, 1, False),
                           (INF, INF, True), (INF, -INF, False), (-1, 1, False), (INF, 1e308, False)):
            self.assertEqual(expectation.almost_equal(a, b), same, (a, b))

    def test_histograms(self):
        shown = {"count": "3", "sum": "9", "buckets": [[0, "0.5", "1", "3"]]}
        self.assertTrue(expectation.same_value(Histogram(count=3, sum=9, positive={0: 3}), shown))
        for other in (Histogram(count=3, sum=9, positive={1: 3}), Histogram(count=4, sum=9, positive={0: 3}), Histogram(count=3, sum=9),
                      Histogram(count=3, sum=8, positive={0: 3}), Histogram(count=3, sum=9, positive={0: 3, 1: 1}), 3.0):
            self.assertFalse(expectation.same_value(other, shown), other)
        self.assertFalse(expectation.same_value(Histogram(count=3, sum=9, positive={0: 3}), "3"))


class KnownFailuresTest(unittest.TestCase):
    def known(self, text: str) -> KnownFailures:
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "known.txt"
        path.write_text(text)
        return KnownFailures(path)

    def test_reads_and_strikes(self):
        known = self.known("One\nreason.\n  a: 1 2\n  b: 3\n\nOther.\n  a: 4\n")
        self.assertEqual((known.scripts(), known.lines("a"), known.lines("c")), ({"a", "b"}, {1, 2, 4}, set()))
        known.strike("a", {2, 4, 9})
        self.assertEqual(known.lines("a"), {1})
        self.assertEqual(known.path.read_text(), "One\nreason.\n  a: 1\n  b: 3\n")

    def test_refuses_lists_that_do_not_say_why(self):
        for text in ("  a: 1\n", "Reason.\n\n  a: 1\n", "Reason.\n  a: 1 1\n", "Reason.\n  a: 1, 2\n", "Reason.\n  a:\n"):
            with self.assertRaises(ValueError, msg=text):
                self.known(text)


if __name__ == "__main__":
    unittest.main()
