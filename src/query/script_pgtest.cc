#include "query/scripts_on_server_pgtest.h"

namespace weir::query {
namespace {

class OnPostgres : public ScriptsOnServer<store::timescale::PlainServer> {};

TEST_P(OnPostgres, Passes) {
  test::run_script(*store_, GetParam());
}
INSTANTIATE_PROMQL_SCRIPTS(OnPostgres);

}  // namespace
}  // namespace weir::query
