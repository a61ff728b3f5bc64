// From the loop to the rules' thread to the committer to the notifier.
#include "controller/app/heartbeat.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {

Heartbeat::Heartbeat(Loop& loop, CommitQueue& commits, const Clock& clock, milliseconds every, Ways ways)
    : commits_(commits), clock_(clock), every_(every), ways_(std::move(ways)), timer_(loop, [this] { begin(); }) {}

void Heartbeat::start() {
    begin();
    timer_.start_every(every_);
}

void Heartbeat::begin() {
    if (!is_on_its_way_.exchange(true)) {
        ways_.through_rules([this] { store(); });
    }
}

// On the rules' thread. A row of its own: a commit of nothing would not reach the disk.
void Heartbeat::store() {
    commits_.submit(
        [now = clock_.wall()](StoreBatch& batch) {
            batch.put(Family::meta, std::string(heartbeat_key), keys::KeyWriter().i64(unix_ms(now)).take());
        },
        [this](const Result<void>& stored) {
            is_on_its_way_ = false;
            if (stored) {
                ways_.send();
            }
        });
}

}  // namespace vigie::controller
