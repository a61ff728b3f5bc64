// fuzz: vigie_controller_app
// The report that a worker makes of its run, as JSON in an agent's entry: what the controller takes from it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "controller/app/snapshots.hpp"

using namespace vigie;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    protocol::RunReport report;
    report.run_id = "20270101T000000Z-1";
    report.job = "backup";
    report.state = protocol::RunState::succeeded;
    report.report_json.assign(reinterpret_cast<const char*>(data), size);
    if (const auto snapshot = controller::snapshot_of(AgentId{"web-1"}, report)) {
        controller::StoreBatch batch;
        controller::put_snapshot(*snapshot, batch);
        if (snapshot->id.size() != 64 || batch.changes().size() != 1) {
            __builtin_trap();
        }
    }
    return 0;
}
