#!/usr/bin/env python3
"""Shows that check_floors.py sees each kind of fault, and lets good code pass."""
import pathlib
import tempfile
import unittest

import check_floors


class CheckFloorsTest(unittest.TestCase):
    def faults(self, name: str, text: str) -> list[str]:
        with tempfile.TemporaryDirectory() as directory:
            check_floors.SRC = pathlib.Path(directory)
            path = check_floors.SRC / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
            return [fault for _, fault in check_floors.check_file(path)]

    def test_lets_good_code_pass(self):
        self.assertEqual(self.faults("store/embedded/head.cc", '#include "model/labels.h"\n#include <zstd.h>\n'), [])

    def test_sees_an_include_upward(self):
        self.assertEqual(len(self.faults("model/labels.cc", '#include "store/store.h"\n')), 1)

    def test_sees_an_include_of_a_sibling(self):
        self.assertEqual(len(self.faults("log/a.cc", '#include "store/store.h"\n')), 1)

    def test_sees_an_implementation_behind_its_seam(self):
        self.assertEqual(len(self.faults("stream/a.cc", '#include "store/embedded/embedded_store.h"\n')), 1)
        self.assertEqual(self.faults("app/a.cc", '#include "store/embedded/embedded_store.h"\n'), [])

    def test_sees_a_vendor_header_outside_its_folder(self):
        self.assertEqual(len(self.faults("gateway/a.cc", "#include <boost/asio.hpp>\n")), 1)
        self.assertEqual(self.faults("net/a.cc", "#include <boost/asio.hpp>\n"), [])

    def test_sees_raw_calls_outside_os(self):
        for code in ("auto t = std::chrono::steady_clock::now();", "std::ofstream out(p);", "std::thread t;", "int fd = ::open(p, 0);",
                     "std::mt19937 engine;"):
            self.assertEqual(len(self.faults("log/a.cc", code)), 1, code)
            self.assertEqual(self.faults("os/a.cc", code), [], code)

    def test_lets_comments_and_text_speak_of_them(self):
        self.assertEqual(self.faults("log/a.cc", '// std::thread is for os/\nf("std::thread");\n'), [])

    def test_sees_a_tenant_made_by_hand(self):
        self.assertEqual(len(self.faults("gateway/a.cc", "auto t = TenantId::from_stored(1);")), 1)

    def test_sees_coroutines(self):
        self.assertEqual(len(self.faults("net/a.cc", "co_await x;")), 1)

    def test_sees_a_file_that_no_target_builds(self):
        with tempfile.TemporaryDirectory() as directory:
            check_floors.SRC = pathlib.Path(directory)
            (check_floors.SRC / "lost_test.cc").write_text("")
            commands = check_floors.SRC / "compile_commands.json"
            commands.write_text("[]")
            self.assertEqual(len(list(check_floors.unbuilt(commands))), 1)


if __name__ == "__main__":
    unittest.main()
