#include "base/html.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Html, EscapesWhatCouldEndTextOrAnAttribute) {
  EXPECT_EQ(html_escaped("<a href=\"x\" title='y'>&</a>"),
            "&lt;a href=&#34;x&#34; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
}

TEST(Html, LeavesOtherTextAsItIs) {
  EXPECT_EQ(html_escaped(""), "");
  EXPECT_EQ(html_escaped("Zürich +1\n"), "Zürich +1\n");
}

TEST(Html, HasNoNul) {
  using namespace std::string_view_literals;
  EXPECT_EQ(html_escaped("a\0b"sv),
            "a\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace weir
