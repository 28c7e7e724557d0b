#include "app/cli/cli.h"
#include "app/serve.h"

int main(int argc, char** argv) {
  weir::app::cli::Commands commands;
  commands.serve = [program = argv[0]](const weir::config::Loaded& loaded) {
    return weir::app::serve(loaded, program);
  };
  commands.migrate = weir::app::migrate;
  return weir::app::cli::run_cli(argc, argv, commands);
}
