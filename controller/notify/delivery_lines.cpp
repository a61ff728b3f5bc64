// DeliveryQueue's targets: what is sent to them, and the meaning of their answers.
#include <algorithm>

#include "controller/notify/delivery_queue.hpp"

namespace vigie::controller::notify {
namespace {

// An escalation counts the step as taken: nobody else is woken unless it gets through.
bool is_open_call(const Message& message) {
    return std::any_of(message.alerts.begin(), message.alerts.end(),
                       [](const auto& one) { return one.call > 0 && !one.is_resolved; });
}

AttemptOutcome outcome_of(Meaning meaning, const Group& group, const Message& message) {
    if (meaning == Meaning::given_up) {
        const bool is_final = group.is_told_at_once() && !is_open_call(message);
        return is_final ? AttemptOutcome::given_up : AttemptOutcome::refused;
    }
    return meaning == Meaning::delivered ? AttemptOutcome::taken : AttemptOutcome::retried;
}

// `is_partly_taken`: others of a mail's recipients have it, and who is left is refused for good.
Attempt attempt_of(const Target& target, const Group& group, const Outgoing& sent, const Answer& answer,
                   bool is_partly_taken, Now now) {
    const auto meaning = is_partly_taken ? Meaning::delivered : meaning_of(answer);
    Attempt attempt;
    attempt.to = {target.name, group.identity};
    attempt.at = sent.told.at;
    attempt.number = answer.number;
    attempt.took = std::max(now.wall - sent.told.at, milliseconds{0});  // less when the clock was set back
    attempt.outcome = outcome_of(meaning, group, sent.message);
    attempt.status = answer.status;
    attempt.problem = meaning == Meaning::delivered ? "" : problem_of(answer);
    for (const auto& note : {is_partly_taken ? never_taken(answer) : left_out_of(answer), sent.note}) {
        if (!note.empty()) {
            attempt.problem += (attempt.problem.empty() ? "" : "; ") + note;
        }
    }
    attempt.idempotency_key = sent.idempotency_key;
    attempt.alerts_total = sent.message.alerts.size() + sent.message.truncated;
    for (const auto& one : sent.message.alerts) {
        if (attempt.alerts.size() < alerts_listed_max) {
            attempt.alerts.push_back({one.alert_id, one.starts_at, one.is_resolved});
        }
    }
    return attempt;
}

}  // namespace

void DeliveryQueue::enqueue(Group& group, size_t index) {
    auto& lane = group.lanes[index];
    lane.order = lane.order == 0 ? next_order_++ : lane.order;
    lines_[lane.target].waiting.insert({lane.not_before, lane.order, &group, index});
}

void DeliveryQueue::dequeue(Group& group, size_t index) {
    auto& lane = group.lanes[index];
    lines_[lane.target].waiting.erase({lane.not_before, lane.order, &group, index});
    lane.order = 0;
    lane.attempts = 0;
    lane.not_before = MonoTime{};
}

std::vector<Delivery> DeliveryQueue::take_due(Now now) {
    while (!flushes_.empty() && flushes_.begin()->at <= now.mono) {
        flush(*flushes_.begin()->group, now);
    }
    std::vector<Delivery> due;
    for (auto& line : lines_) {
        const auto limit = line.failures == 0 ? in_flight_max : 1;
        while (now.mono >= line.ready_at() && line.in_flight < limit && !line.waiting.empty() &&
               line.waiting.begin()->not_before <= now.mono) {
            if (auto delivery = next_of(line, now)) {
                due.push_back(std::move(*delivery));
            }
        }
    }
    return due;
}

// Its message is made now, so that after an outage it tells how things are. Nothing when there is nothing left to tell.
std::optional<Delivery> DeliveryQueue::next_of(Line& line, Now now) {
    const auto [not_before, order, group, index] = *line.waiting.begin();
    line.waiting.erase(line.waiting.begin());
    auto& lane = group->lanes[index];
    look(*group, suppression_, now.wall);
    const bool is_wanted = has_news(*group, lane, line.target.is_resolved_sent, now.wall);
    auto out = is_wanted ? compose(*group, lane, line.target, now.wall) : Outgoing{};
    lane.is_wanted = false;
    if (out.message.alerts.empty()) {
        lane.order = 0;
        if (is_wanted) {
            record(*group, lane, std::move(out.told));
        }
        if (group->is_told_at_once() && is_any_hidden(*group)) {
            schedule(*group, now.mono + look_again_after);
        }
        tidy(*group);
        return std::nullopt;
    }
    const auto number = next_flight_++;
    if (lane.done_with_key != out.idempotency_key) {
        lane.done_with.clear();
    }
    Delivery delivery{number, line.target.name, out.message, out.idempotency_key, lane.done_with};
    lane.flying = std::move(out);
    ++line.in_flight;
    flying_[number] = {group, index};
    return delivery;
}

void DeliveryQueue::note(uint64_t number, std::string text) {
    if (const auto flight = flying_.find(number); flight != flying_.end()) {
        const auto [group, index] = flight->second;
        group->lanes[index].flying->note = std::move(text);
    }
}

std::optional<std::string> DeliveryQueue::finish(const Answer& answer, Now now) {
    const auto flight = flying_.find(answer.number);
    if (flight == flying_.end()) {
        return std::nullopt;  // of a queue before this one, which used the same channel
    }
    const auto [group, index] = flight->second;
    flying_.erase(flight);
    auto& lane = group->lanes[index];
    auto& line = lines_[lane.target];
    --line.in_flight;
    auto meaning = meaning_of(answer);
    const bool is_partly_taken = meaning == Meaning::given_up && !lane.done_with.empty();
    settled_.attempts.push_back(attempt_of(line.target, *group, *lane.flying, answer, is_partly_taken, now));
    if (const auto left_out = is_partly_taken ? never_taken(answer) : left_out_of(answer); !left_out.empty()) {
        settled_.left_out.push_back(fmt::format("'{}': a mail was {}", line.target.name, left_out));
    }
    if (meaning == Meaning::retry) {
        on_retry(line, *group, index, answer, now.mono);
        return std::nullopt;
    }
    line.failures = 0;
    line.not_before = MonoTime{};
    if (is_partly_taken) {
        meaning = Meaning::delivered;
        line.last_problem = never_taken(answer);
    } else {
        line.last_problem = meaning == Meaning::delivered ? left_out_of(answer) : problem_of(answer);
    }
    lane.order = 0;
    lane.attempts = 0;
    lane.not_before = MonoTime{};
    if (meaning == Meaning::given_up && !group->is_told_at_once()) {
        lane.flying.reset();  // it is tried again with the group's next turn
        return line.last_problem;
    }
    if (meaning == Meaning::given_up && is_open_call(lane.flying->message)) {
        lane.flying.reset();  // it has no other turn: again and again, until the alert is over
        lane.is_wanted = true;
        lane.not_before = now.mono + nanoseconds(backoff_max);
        enqueue(*group, index);
        ++counts_.retried;
        return line.last_problem;
    }
    if (meaning == Meaning::given_up) {
        on_given_up(line, *group, lane, answer, now);
    } else {
        ++counts_.delivered;
        on_taken(*group, lane, now);
    }
    return std::nullopt;
}

void DeliveryQueue::on_taken(Group& group, Lane& lane, Now now) {
    auto told = std::move(lane.flying->told);
    told.at = now.wall;
    lane.flying.reset();
    lane.done_with.clear();
    record(group, lane, std::move(told));
    if (group.is_told_at_once()) {
        schedule(group, now.mono);  // for what came meanwhile
    }
    look(group, suppression_, now.wall);
    tidy(group);
}

// The receiver is there and refuses this message: the next ones may well be taken.
void DeliveryQueue::on_given_up(Line& line, Group& group, Lane& lane, const Answer& answer, Now now) {
    for (auto& [number, notification] : lane.flying->rows) {
        notification.receiver = line.target.name;
        settled_.given_up.push_back({number, std::move(notification), answer.status, line.last_problem});
    }
    ++counts_.given_up;
    on_taken(group, lane, now);
}

void DeliveryQueue::on_retry(Line& line, Group& group, size_t index, const Answer& answer, MonoTime now) {
    line.last_problem = problem_of(answer);
    ++counts_.retried;
    auto& lane = group.lanes[index];
    // A mail that some of its recipients have tells that the server is well: only the others of this mail wait.
    if (!answer.done_with.empty()) {
        lane.done_with_key = lane.flying->idempotency_key;
        lane.done_with.insert(answer.done_with.begin(), answer.done_with.end());
    }
    const bool is_partial = !lane.done_with.empty() && answer.status != 0;
    // Several messages of one burst may fail together: that is one failure of the receiver.
    if (!is_partial && now >= line.ready_at()) {
        ++line.failures;
        line.not_before = now + backoff(line.failures);
    }
    if (answer.retry_after) {
        const auto patience = nanoseconds(std::min(*answer.retry_after, retry_after_max));
        line.asked_until = std::max(line.asked_until, now + patience);
    }
    lane.flying.reset();
    lane.is_wanted = true;
    ++lane.attempts;
    const bool has_changed = std::any_of(group.members.begin(), group.members.end(),
                                         [](const auto& entry) { return entry.second.is_fresh; });
    // It may be this message that the receiver stumbles over: the others go first.
    const bool is_of_message = answer.status >= (answer.is_mail ? 400 : 500);
    lane.not_before = is_of_message && !has_changed ? now + backoff(lane.attempts) : MonoTime{};
    enqueue(group, index);
}

// Full jitter: anything up to the bound, so that the alerts of a whole fleet do not come back in step.
milliseconds DeliveryQueue::backoff(unsigned failures) {
    const auto doublings = std::min(failures - 1, 16U);
    const auto bound = std::min(backoff_base * (1U << doublings), backoff_max);
    return milliseconds(static_cast<int64_t>(random_.fraction() * static_cast<double>(bound.count())));
}

std::optional<MonoTime> DeliveryQueue::next_due() const {
    std::optional<MonoTime> next;
    const auto note = [&next](MonoTime at) { next = next ? std::min(*next, at) : at; };
    if (!flushes_.empty()) {
        note(flushes_.begin()->at);
    }
    for (const auto& line : lines_) {
        const auto limit = line.failures == 0 ? in_flight_max : 1;
        if (!line.waiting.empty() && line.in_flight < limit) {  // else an answer comes first
            note(std::max(line.ready_at(), line.waiting.begin()->not_before));
        }
    }
    return next;
}

DeliveryQueue::Counts DeliveryQueue::counts() const {
    auto counts = counts_;
    counts.waiting = groups_in_debt_;
    for (const auto& line : lines_) {
        counts.waiting += line.waiting.size();
        counts.in_flight += line.in_flight;
    }
    return counts;
}

std::vector<DeliveryQueue::TargetState> DeliveryQueue::targets() const {
    std::vector<TargetState> states;
    for (const auto& line : lines_) {
        states.push_back({line.target.name, line.failures, line.last_problem});
    }
    return states;
}

}  // namespace vigie::controller::notify
