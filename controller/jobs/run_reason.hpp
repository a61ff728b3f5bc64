// Why a run ended as it did, in one sentence for a person.
#pragma once
#include <string>

#include "controller/jobs/job_run.hpp"

namespace vigie::controller {

// The run's own message; of one that failed with no more than a status, the program's last word from its output (of
// vigie-worker the message of its JSON error); of one that ended in part, how many problems it reported, and the first.
std::string reason_of(const JobRun& run);

}  // namespace vigie::controller
