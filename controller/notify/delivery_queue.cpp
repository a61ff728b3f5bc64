// Lanes by receiver and alert, and the meaning of answers.
#include "controller/notify/delivery_queue.hpp"

#include <algorithm>

namespace vigie::controller::notify {
namespace {

enum class Meaning { delivered, retry, given_up };

Meaning meaning_of(int status) {
    if (status >= 200 && status < 300) {
        return Meaning::delivered;
    }
    const bool is_passing = status == 0 || status == 408 || status == 429 || status >= 500;
    return is_passing ? Meaning::retry : Meaning::given_up;
}

std::string problem_of(const Answer& answer) {
    if (answer.status == 0) {
        return answer.problem;
    }
    const bool is_redirect = answer.status >= 300 && answer.status < 400;
    return fmt::format("answered HTTP {}{}", answer.status, is_redirect ? ", and redirects are not followed" : "");
}

}  // namespace

DeliveryQueue::DeliveryQueue(std::vector<Target> targets, Random& random) : random_(random) {
    for (auto& target : targets) {
        const auto name = target.name;
        lines_[name].target = std::move(target);
    }
}

void DeliveryQueue::enqueue(Line& line, const std::string& alert, Lane& lane) {
    line.waiting.emplace(lane.not_before, lane.item.number, alert);
}

void DeliveryQueue::settle_superseded(uint64_t number) {
    settled_.done.push_back(number);
    ++counts_.superseded;
}

void DeliveryQueue::add(uint64_t number, alerts::Notification notification) {
    const auto found = lines_.find(notification.receiver);
    if (found == lines_.end()) {
        const auto reason = fmt::format("receiver '{}' is no longer configured", notification.receiver);
        settled_.given_up.push_back({number, std::move(notification), 0, reason});
        ++counts_.given_up;
        return;
    }
    auto& line = found->second;
    const auto alert = notification.alert_id;
    Item item{number, std::move(notification)};
    const auto at = line.lanes.find(alert);
    if (at == line.lanes.end()) {
        if (is_unwanted(line, item)) {
            settled_.done.push_back(number);
            return;
        }
        auto& lane = line.lanes[alert];
        lane.item = std::move(item);
        enqueue(line, alert, lane);
        return;
    }
    auto& lane = at->second;
    if (lane.is_in_flight) {
        if (lane.newer) {
            settle_superseded(lane.newer->number);
        }
        lane.newer = std::move(item);
        return;
    }
    // Even an unwanted end is sent in place of the beginning that nobody heard of.
    line.waiting.erase({lane.not_before, lane.item.number, alert});
    settle_superseded(lane.item.number);
    lane = Lane{std::move(item), false, std::nullopt, 0, MonoTime{}};
    enqueue(line, alert, lane);
}

std::vector<Delivery> DeliveryQueue::take_due(MonoTime now) {
    std::vector<Delivery> due;
    for (auto& [name, line] : lines_) {
        const auto limit = line.failures == 0 ? in_flight_max : 1;
        while (now >= line.not_before && line.in_flight < limit && !line.waiting.empty() &&
               std::get<MonoTime>(*line.waiting.begin()) <= now) {
            const auto alert = std::get<std::string>(*line.waiting.begin());
            line.waiting.erase(line.waiting.begin());
            auto& lane = line.lanes.at(alert);
            lane.is_in_flight = true;
            ++line.in_flight;
            flying_[lane.item.number] = {name, alert};
            due.push_back({lane.item.number, lane.item.notification});
        }
    }
    return due;
}

void DeliveryQueue::finish(const Answer& answer, MonoTime now) {
    const auto flight = flying_.find(answer.number);
    if (flight == flying_.end()) {
        return;  // of a queue before this one, which used the same channel
    }
    const auto [receiver, alert] = flight->second;
    flying_.erase(flight);
    auto& line = lines_.at(receiver);
    line.lanes.at(alert).is_in_flight = false;
    --line.in_flight;
    switch (meaning_of(answer.status)) {
        case Meaning::delivered:
            return on_delivered(line, alert);
        case Meaning::given_up:
            return on_given_up(line, alert, answer);
        case Meaning::retry:
            return on_retry(line, alert, answer, now);
    }
}

void DeliveryQueue::on_delivered(Line& line, const std::string& alert) {
    line.failures = 0;
    line.not_before = MonoTime{};
    line.last_problem.clear();
    auto& lane = line.lanes.at(alert);
    settled_.done.push_back(lane.item.number);
    ++counts_.delivered;
    if (lane.newer && is_unwanted(line, *lane.newer)) {
        settled_.done.push_back(lane.newer->number);
        lane.newer.reset();
    }
    if (!lane.newer) {
        line.lanes.erase(alert);
        return;
    }
    lane = Lane{std::move(*lane.newer), false, std::nullopt, 0, MonoTime{}};
    enqueue(line, alert, lane);
}

// The receiver is there and refuses this message: the next ones may well be taken.
void DeliveryQueue::on_given_up(Line& line, const std::string& alert, const Answer& answer) {
    line.failures = 0;
    line.not_before = MonoTime{};
    line.last_problem = problem_of(answer);
    auto& lane = line.lanes.at(alert);
    settled_.given_up.push_back(
        {lane.item.number, std::move(lane.item.notification), answer.status, line.last_problem});
    ++counts_.given_up;
    if (!lane.newer) {
        line.lanes.erase(alert);
        return;
    }
    lane = Lane{std::move(*lane.newer), false, std::nullopt, 0, MonoTime{}};
    enqueue(line, alert, lane);
}

void DeliveryQueue::on_retry(Line& line, const std::string& alert, const Answer& answer, MonoTime now) {
    line.last_problem = problem_of(answer);
    ++counts_.retried;
    // Several messages of one burst may fail together: that is one failure of the receiver.
    if (now >= line.not_before) {
        ++line.failures;
        line.not_before = now + backoff(line.failures);
    }
    if (answer.retry_after) {
        line.not_before = std::max(line.not_before, now + nanoseconds(std::min(*answer.retry_after, retry_after_max)));
    }
    auto& lane = line.lanes.at(alert);
    ++lane.attempts;
    if (lane.newer) {
        settle_superseded(lane.item.number);
        lane = Lane{std::move(*lane.newer), false, std::nullopt, 0, MonoTime{}};
    } else if (answer.status >= 500) {
        // It may be this message that the receiver stumbles over: the others go first.
        lane.not_before = now + backoff(lane.attempts);
    }
    enqueue(line, alert, lane);
}

// Full jitter: anything up to the bound, so that the alerts of a whole fleet do not come back in step.
milliseconds DeliveryQueue::backoff(unsigned failures) {
    const auto doublings = std::min(failures - 1, 16U);
    const auto bound = std::min(backoff_base * (1U << doublings), backoff_max);
    return milliseconds(static_cast<int64_t>(random_.fraction() * static_cast<double>(bound.count())));
}

std::optional<MonoTime> DeliveryQueue::next_due() const {
    std::optional<MonoTime> next;
    for (const auto& [name, line] : lines_) {
        const auto limit = line.failures == 0 ? in_flight_max : 1;
        if (line.waiting.empty() || line.in_flight >= limit) {
            continue;  // an answer comes first
        }
        const auto at = std::max(line.not_before, std::get<MonoTime>(*line.waiting.begin()));
        next = next ? std::min(*next, at) : at;
    }
    return next;
}

Settled DeliveryQueue::take_settled() {
    return std::exchange(settled_, {});
}

DeliveryQueue::Counts DeliveryQueue::counts() const {
    auto counts = counts_;
    counts.in_flight = flying_.size();
    for (const auto& [name, line] : lines_) {
        counts.waiting += line.waiting.size();
    }
    return counts;
}

std::vector<DeliveryQueue::TargetState> DeliveryQueue::targets() const {
    std::vector<TargetState> states;
    for (const auto& [name, line] : lines_) {
        states.push_back({name, line.failures, line.last_problem});
    }
    return states;
}

}  // namespace vigie::controller::notify
