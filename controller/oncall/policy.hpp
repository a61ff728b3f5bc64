// Who is called for an alert, and when: steps that follow each other until somebody says that they have it. Pure.
#pragma once
#include <string>
#include <vector>

#include "controller/routing/matcher.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::oncall {

// Whom a step calls: whoever is on call in a rota, a person, or a receiver as the configuration names it.
struct Callee {
    enum class Kind { rota, person, receiver };
    Kind kind = Kind::rota;
    std::string name;
    std::string place;  // for messages: "controller.yaml:7: notify"
};
std::string text_of(const Callee& callee);  // "rota:primary"

struct Step {
    milliseconds after{0};  // since the alert fired, or since the round began
    std::vector<Callee> callees;
};

// More would be a mistake: a day of calls, one each quarter of an hour.
constexpr size_t steps_max = 96;
constexpr int64_t repeats_max = 1'000;

struct Policy {
    std::string name;
    routing::Matchers matchers;    // all must match; none: every alert
    std::vector<Step> steps;       // in the order of their times; never empty
    int64_t repeats = 0;           // how many rounds follow the first one
    milliseconds repeat_after{0};  // from a round's last step to the next one's beginning

    // All steps of all rounds, counted from 0.
    uint64_t steps_count() const { return steps.size() * static_cast<uint64_t>(repeats + 1); }
    const Step& step(uint64_t number) const { return steps[number % steps.size()]; }
    // When it is due, since the first round began.
    milliseconds due(uint64_t number) const {
        const auto round = static_cast<int64_t>(number / steps.size());
        return step(number).after + round * (steps.back().after + repeat_after);
    }
};

// "rota:primary", "person:anna", "receiver:team", without its place; malformed for anything else.
Result<Callee> parse_callee(std::string_view text);

}  // namespace vigie::controller::oncall
