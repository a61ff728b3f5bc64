#include "controller/app/rule_thread.hpp"

#include "shared/log/log.hpp"

namespace vigie::controller {

void submit_outcome(std::shared_ptr<const rules::GroupOutcome> outcome, RuleGroups& groups, Records& records,
                    CommitQueue& commits, AfterCommit& after) {
    struct Applied {
        bool is_prepared = false;
        size_t pages = 0;
        alerts::RuleKeys alerting{};
    };
    const auto applied = std::make_shared<Applied>();
    commits.submit(
        [outcome, applied, &records](StoreBatch& batch) {
            const auto pages = records.on_group(*outcome, batch);
            if (!pages) {
                return log::error("rules: group '{}': {}", records.rules().groups()[outcome->group].name,
                                  pages.error().message);
            }
            applied->is_prepared = true;
            applied->pages = *pages;
            applied->alerting = records.rules_with_alerts(outcome->group);
        },
        [outcome, applied, &groups, &records, &after](const Result<void>& stored) {
            records.on_committed(stored, after.job_sender());
            const bool is_stored = stored && applied->is_prepared;
            groups.ended(*outcome, is_stored, applied->alerting);
            if (is_stored && applied->pages > 0) {
                after.wake_notifier();
            }
        });
}

void RuleThread::start() {
    groups_.on_sooner([this] {
        const std::lock_guard lock(guard_);
        is_sooner_ = true;
        changed_.notify_one();
    });
    thread_ = std::thread([this] { run(); });
}

void RuleThread::stop() {
    {
        const std::lock_guard lock(guard_);
        is_stopping_ = true;
        changed_.notify_one();
    }
    groups_.cancel();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void RuleThread::pass(std::function<void()> on) {
    const std::lock_guard lock(guard_);
    passed_ = std::move(on);
    is_sooner_ = true;
    changed_.notify_one();
}

void RuleThread::run() {
    while (true) {
        const auto next = groups_.next_due();
        std::function<void()> passed;
        {
            std::unique_lock lock(guard_);
            const auto is_woken = [this] { return is_stopping_ || is_sooner_; };
            if (!next) {
                changed_.wait(lock, is_woken);
            } else if (const auto wait = *next - clock_.mono(); wait > nanoseconds{0}) {
                changed_.wait_for(lock, wait, is_woken);
            }
            is_sooner_ = false;
            if (is_stopping_) {
                return;
            }
            passed = std::exchange(passed_, {});
        }
        if (passed) {
            passed();
        }
        const auto due = groups_.take_due();
        if (!due) {
            continue;
        }
        auto outcome = std::make_shared<const rules::GroupOutcome>(groups_.evaluate(*due));
        if (const std::lock_guard lock(guard_); is_stopping_) {
            return;  // it was cut short
        }
        submit_outcome(std::move(outcome), groups_, records_, commits_, after_);
    }
}

}  // namespace vigie::controller
