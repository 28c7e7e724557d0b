#include "query/scripts_on_server_pgtest.h"

namespace weir::query {
namespace {

class OnTimescale : public ScriptsOnServer<store::timescale::TimescaleServer> {};

TEST_P(OnTimescale, Passes) {
  test::run_script(*store_, GetParam());
}
INSTANTIATE_PROMQL_SCRIPTS(OnTimescale);

}  // namespace
}  // namespace weir::query
