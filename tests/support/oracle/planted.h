#pragma once

#include <string>
#include <vector>

#include "support/oracle/oracle.h"

namespace weir::oracle {

/// A fault that a change of the program might bring, expressed at a seam that the program works through: its
/// files, its log, its store. Nothing of it is in what users run.
struct PlantedFault {
  std::string name;
  Plant plant;
};

/// All of them, in the order of docs/testing.md.
std::vector<PlantedFault> planted_faults();

}  // namespace weir::oracle
