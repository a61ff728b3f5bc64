#include "controller/notify/notice_queue.hpp"

#include <algorithm>

#include "controller/notify/delivery_queue.hpp"

namespace vigie::controller::notify {
namespace {

size_t bytes_of(const Notice& notice) {
    return sizeof(Notice) + notice.subject.size() + notice.text.size() + notice.json.size();
}

// The receiver's own failure, and not that of something in front of it, or of its maintenance.
bool is_stumble(const Answer& answer) {
    return !answer.is_mail && answer.status >= 500 && (answer.status < 502 || answer.status > 504);
}

}  // namespace

NoticeQueue::NoticeQueue(std::vector<NoticeTarget> targets, Random& random) : random_(random) {
    for (auto& target : targets) {
        lines_.emplace_back().target = std::move(target);
    }
}

void NoticeQueue::add(uint64_t row, const Notice& notice, const std::set<std::string>& told) {
    auto& entry = rows_[row];
    entry.holders = 1;  // this call
    entry.told.assign(told.begin(), told.end());
    bool is_known = false;
    for (auto& line : lines_) {
        if (line.target.name != notice.receiver && line.target.receiver != notice.receiver) {
            continue;
        }
        is_known = true;
        if (told.contains(line.target.name)) {
            continue;
        }
        ++entry.holders;
        line.waiting.push_back({row, notice});
        line.bytes += bytes_of(notice);
        const size_t oldest = line.flight ? 1 : 0;  // that is not under way
        while (line.waiting.size() > oldest + 1 &&
               (line.waiting.size() > notices_waiting_max || line.bytes > notices_bytes_max)) {
            give_up(line, oldest, "too many wait for this receiver");
        }
    }
    if (!is_known) {
        lost_.push_back(
            {notice.about, notice.receiver, fmt::format("receiver '{}' is not configured", notice.receiver)});
        ++counts_.given_up;
    }
    release(row, "");
}

std::vector<NoticeDelivery> NoticeQueue::take_due(MonoTime now) {
    std::vector<NoticeDelivery> due;
    for (auto& line : lines_) {
        if (!line.flight && !line.waiting.empty() && now >= line.not_before) {
            line.flight = next_flight_++;
            due.push_back({*line.flight, line.target.name, line.waiting.front().notice, line.done_with});
        }
    }
    return due;
}

bool NoticeQueue::finish(const Answer& answer, MonoTime now) {
    const auto line =
        std::find_if(lines_.begin(), lines_.end(), [&](const Line& one) { return one.flight == answer.number; });
    if (line == lines_.end()) {
        return false;
    }
    line->flight.reset();
    line->stumbles = is_stumble(answer) ? line->stumbles + 1 : 0;
    const auto meaning = meaning_of(answer);
    line->done_with.insert(answer.done_with.begin(), answer.done_with.end());
    line->partial += !line->done_with.empty() && answer.status != 0 ? 1 : 0;
    if (!answer.left_out.empty()) {
        lost_.push_back({line->waiting.front().notice.about, line->target.name, left_out_of(answer)});
    }
    if (meaning == Meaning::retry && line->stumbles < stumbles_max && line->partial < partial_max) {
        on_failure(*line, answer, now);
        return true;
    }
    if (line->failures > 0) {
        turns_.push_back({line->target.name, ""});
    }
    line->failures = 0;
    line->stumbles = 0;
    line->problem.clear();
    line->not_before = MonoTime{};
    if (meaning == Meaning::delivered) {
        ++counts_.delivered;
        drop(*line, 0);
    } else {
        const bool is_for_others = meaning == Meaning::given_up && !line->done_with.empty();
        give_up(*line, 0, is_for_others ? never_taken(answer) : problem_of(answer));
    }
    return true;
}

void NoticeQueue::on_failure(Line& line, const Answer& answer, MonoTime now) {
    line.problem = problem_of(answer);
    if (++line.failures == 1) {
        turns_.push_back({line.target.name, line.problem});
    }
    ++counts_.retried;
    // Full jitter, as for alerts.
    const auto bound = std::min(backoff_base * (1U << std::min(line.failures - 1, 16U)), backoff_max);
    const milliseconds wait{static_cast<int64_t>(random_.fraction() * static_cast<double>(bound.count()))};
    line.not_before = now + nanoseconds(std::max(wait, std::min(answer.retry_after.value_or(0ms), retry_after_max)));
}

std::optional<MonoTime> NoticeQueue::next_due() const {
    std::optional<MonoTime> next;
    for (const auto& line : lines_) {
        if (!line.flight && !line.waiting.empty()) {
            next = next ? std::min(*next, line.not_before) : line.not_before;
        }
    }
    return next;
}

// The target has it, or never will.
void NoticeQueue::drop(Line& line, size_t place) {
    const auto at = line.waiting.begin() + static_cast<std::ptrdiff_t>(place);
    const auto row = at->row;
    line.bytes -= bytes_of(at->notice);
    line.waiting.erase(at);
    if (place == 0) {
        line.done_with.clear();
        line.partial = 0;
    }
    release(row, line.target.name);
}

void NoticeQueue::give_up(Line& line, size_t place, std::string reason) {
    lost_.push_back({line.waiting[place].notice.about, line.target.name, std::move(reason)});
    ++counts_.given_up;
    drop(line, place);
}

// `target`: who holds it no more; "" for add() itself.
void NoticeQueue::release(uint64_t row, const std::string& target) {
    const auto found = rows_.find(row);
    if (found == rows_.end()) {
        return;
    }
    auto& entry = found->second;
    if (--entry.holders > 0) {
        if (!target.empty()) {
            entry.told.push_back(target);
            told_.push_back({row, target});
        }
        return;
    }
    done_.push_back(row);
    for (const auto& one : entry.told) {
        forgotten_.push_back({row, one});
    }
    rows_.erase(found);
}

std::vector<uint64_t> NoticeQueue::take_done() {
    return std::exchange(done_, {});
}
std::vector<ToldNotice> NoticeQueue::take_told() {
    return std::exchange(told_, {});
}
std::vector<ToldNotice> NoticeQueue::take_forgotten() {
    return std::exchange(forgotten_, {});
}
std::vector<LostNotice> NoticeQueue::take_lost() {
    return std::exchange(lost_, {});
}
std::vector<TargetTurn> NoticeQueue::take_turns() {
    return std::exchange(turns_, {});
}

std::vector<FailingTarget> NoticeQueue::failing() const {
    std::vector<FailingTarget> all;
    for (const auto& line : lines_) {
        if (line.failures > 0) {
            all.push_back({line.target.name, line.problem, line.waiting.size()});
        }
    }
    return all;
}

NoticeQueue::Counts NoticeQueue::counts() const {
    auto counts = counts_;
    for (const auto& line : lines_) {
        counts.waiting += line.waiting.size();
    }
    return counts;
}

}  // namespace vigie::controller::notify
