// `oncall` of the controller's configuration: people, rotas and escalations.
#pragma once
#include <span>

#include "controller/oncall/policy.hpp"
#include "controller/oncall/rota.hpp"
#include "shared/config/documents.hpp"

namespace vigie::controller::oncall {

struct Person {
    std::string name;
    std::string receiver;  // where they are called: a name of the configuration
    std::string place;     // for messages: "controller.yaml:7: receiver"
};

struct OnCall {
    std::vector<Person> people;
    std::vector<Rota> rotas;
    std::vector<Policy> policies;  // the first one that matches an alert is its

    const Person* find_person(std::string_view name) const;  // nullptr when there is none
    const Rota* find_rota(std::string_view name) const;
    const Policy* find_policy(std::string_view name) const;
    const Policy* policy_for(const routing::Labels& labels) const;
    // Without those of people whom the configuration has no more: they would leave a rota to nobody.
    std::vector<Override> known(std::vector<Override> overrides) const;
    // Whether the receiver is one that a step may call.
    bool calls(std::string_view receiver) const;
    bool is_empty() const { return people.empty() && rotas.empty() && policies.empty(); }
};

// `parts`: what stands under `oncall` in each file; their lists add up. The first error names file, line and key, and
// of a misspelt key or name the nearest known one. Whether receivers exist is the caller's to check.
Result<OnCall> read_oncall(std::span<const config::Document> parts);

// not_found that names the nearest known one, such as "there is no rota 'primry', did you mean 'primary'?".
Error unknown_rota(const OnCall& oncall, std::string_view name);
Error unknown_person(const OnCall& oncall, std::string_view name);

// One text of the configuration as read_oncall takes it. For tests.
Result<OnCall> parse_oncall(std::string_view text, const std::string& file);

}  // namespace vigie::controller::oncall
