// What the committer's thread does for people on call.
#include "controller/app/records.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {

Result<size_t> Records::escalate(StoreBatch& batch) {
    VIGIE_TRY(const auto ticked, escalations_.tick(moment(), batch));
    const auto now = clock_.wall();
    for (const auto& note : ticked.notes) {
        const auto noted = ingest_->record(Event{.recorded_at = now,
                                                 .happened_at = now,
                                                 .severity = Severity::warning,
                                                 .agent = {},
                                                 .kind = "oncall",
                                                 .message = note},
                                           batch);
        if (!noted) {  // the calls go out all the same
            log::error("{}; not recorded: {}", note, noted.error().message);
        }
    }
    return ticked.pages;
}

}  // namespace vigie::controller
