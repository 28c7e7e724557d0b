#include "app/cli/cli.h"
#include "app/serve.h"

int main(int argc, char** argv) {
  weir::app::cli::Commands commands;
  commands.serve = weir::app::serve;
  return weir::app::cli::run_cli(argc, argv, commands);
}
