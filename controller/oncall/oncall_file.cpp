// YAML to OnCall: first each item by itself, then the names that they use of each other.
#include "controller/oncall/oncall_file.hpp"

#include <algorithm>

#include "shared/core/nearest.hpp"

namespace vigie::controller::oncall {
namespace {

using config::MappingReader;
using config::Node;

template <typename Item>
Words names_of(const std::vector<Item>& items) {
    Words names;
    for (const auto& item : items) {
        names.insert(item.name);
    }
    return names;
}

template <typename Item>
const Item* find_in(const std::vector<Item>& items, std::string_view name) {
    const auto found = std::find_if(items.begin(), items.end(), [name](const Item& one) { return one.name == name; });
    return found == items.end() ? nullptr : &*found;
}

// A name stands in "rota:NAME" and on command lines.
void check_name(MappingReader& reader, const Node& node, const std::string& name) {
    const bool is_good = !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == ':' || c == ',' || c == '\x7f';
    });
    if (node.find("name") != nullptr && !is_good) {
        reader.refuse(*node.find("name"), "name", fmt::format("'{}' must be one word without ':' and ','", name));
    }
}

// Reads the text under `key` with `parse`, whose error becomes one of this place.
template <typename Value, typename Parse>
void read_with(MappingReader& reader, const Node& node, std::string_view key, Value& into, const Parse& parse) {
    std::string text;
    reader.optional(key, text);
    const auto* at = node.find(key);
    if (at == nullptr || at->kind != Node::Kind::scalar) {
        return;
    }
    if (auto value = parse(text)) {
        into = std::move(*value);
    } else {
        reader.refuse(*at, key, value.error().message);
    }
}

// Each item of the list under `key`, none when it is absent. `read_item` gives a Result.
template <typename Item, typename Read>
Result<void> read_items(const Node* list, std::string_view key, const std::string& file, std::vector<Item>& into,
                        const Read& read_item) {
    if (list == nullptr) {
        return {};
    }
    if (list->kind != Node::Kind::sequence) {
        return fail(ErrorCode::malformed, "{}:{}: {}: must be a list", file, list->line, key);
    }
    for (const auto& node : list->items) {
        VIGIE_TRY(auto item, read_item(node));
        into.push_back(std::move(item));
    }
    return {};
}

template <typename Item, typename Read>
Result<void> read_named(const Node* list, std::string_view key, const std::string& file, std::vector<Item>& into,
                        const Read& read_item) {
    return read_items(list, key, file, into, [&](const Node& node) -> Result<Item> {
        VIGIE_TRY(auto item, read_item(node));
        if (find_in(into, item.name) != nullptr) {
            return fail(ErrorCode::conflict, "{}:{}: {}: '{}' is defined twice", file, node.line, key, item.name);
        }
        return item;
    });
}

Result<Person> read_person(const Node& node, const std::string& file) {
    Person person;
    MappingReader reader(node, file, "a person");
    reader.required("name", person.name);
    reader.required("receiver", person.receiver);
    check_name(reader, node, person.name);
    VIGIE_CHECK(reader.finish());
    person.place = fmt::format("{}:{}: receiver", file, node.find("receiver")->line);
    return person;
}

// "09:00-17:00"; "22:00-06:00" goes over midnight.
Result<std::vector<routing::MinuteRange>> parse_hours_of_day(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) {
        return fail(ErrorCode::malformed, "'{}' are no hours such as 09:00-17:00", text);
    }
    VIGIE_TRY(const int begin, routing::parse_minute_of_day(text.substr(0, dash)));
    VIGIE_TRY(const int end, routing::parse_minute_of_day(text.substr(dash + 1)));
    if (begin == end || begin == 24 * 60) {
        return fail(ErrorCode::malformed, "'{}' are no hours such as 09:00-17:00", text);
    }
    if (begin < end) {
        return std::vector<routing::MinuteRange>{{begin, end}};
    }
    std::vector<routing::MinuteRange> ranges{{begin, 24 * 60}};
    if (end > 0) {
        ranges.push_back({0, end});
    }
    return ranges;
}

Result<Layer> read_layer(const Node& node, const std::string& file, const Zone& zone) {
    Layer layer;
    layer.hours.zone = zone;
    MappingReader reader(node, file, "a layer");
    reader.optional("name", layer.name);
    const auto* people = reader.take("people", true);
    reader.take("handover", true);
    reader.take("starts", true);
    if (people != nullptr) {
        reader.optional("people", layer.people);
        if (layer.people.empty()) {
            reader.refuse(*people, "people", "must name somebody");
        }
    }
    read_with(reader, node, "handover", layer.handover, [](const auto& text) { return parse_handover(text); });
    read_with(reader, node, "starts", layer.starts, [](const auto& text) { return parse_date(text); });
    read_with(reader, node, "hours", layer.hours.times, [](const auto& text) { return parse_hours_of_day(text); });
    read_with(reader, node, "weekdays", layer.hours.weekdays,
              [](const auto& text) -> Result<std::vector<routing::IntRange>> {
                  VIGIE_TRY(const auto range, routing::parse_weekdays(text));
                  return std::vector<routing::IntRange>{range};
              });
    VIGIE_CHECK(reader.finish());
    return layer;
}

Result<Rota> read_rota(const Node& node, const std::string& file, const std::vector<Person>& people) {
    VIGIE_TRY(const auto utc, Zone::find("UTC"));
    Rota rota{.name = {}, .zone = utc, .layers = {}};
    MappingReader reader(node, file, "a rota");
    reader.required("name", rota.name);
    check_name(reader, node, rota.name);
    reader.take("time_zone", true);
    read_with(reader, node, "time_zone", rota.zone, [](const auto& text) { return Zone::find(text); });
    const auto* layers = reader.take("layers", true);
    VIGIE_CHECK(reader.finish());
    VIGIE_CHECK(read_items(layers, "layers", file, rota.layers,
                           [&](const Node& item) { return read_layer(item, file, rota.zone); }));
    if (rota.layers.empty()) {
        return fail(ErrorCode::malformed, "{}:{}: layers: a rota needs at least one", file, layers->line);
    }
    for (size_t i = 0; i < rota.layers.size(); ++i) {
        auto& layer = rota.layers[i];
        layer.name = layer.name.empty() ? fmt::format("layer {}", i + 1) : layer.name;
        for (size_t j = 0; j < layer.people.size(); ++j) {
            if (find_in(people, layer.people[j]) == nullptr) {
                return fail(ErrorCode::malformed, "{}:{}: people: there is no person '{}'{}", file,
                            layers->items[i].find("people")->items[j].line, layer.people[j],
                            did_you_mean(layer.people[j], names_of(people)));
            }
        }
    }
    return rota;
}

// A receiver's name is looked up by whoever knows receivers.
Result<void> check_callee(const Callee& callee, const OnCall& oncall) {
    const auto unknown = [&](const Words& known) {
        return fail(ErrorCode::malformed, "{}: there is no {}{}", callee.place, text_of(callee),
                    did_you_mean(callee.name, known));
    };
    if (callee.kind == Callee::Kind::rota && oncall.find_rota(callee.name) == nullptr) {
        return unknown(names_of(oncall.rotas));
    }
    if (callee.kind == Callee::Kind::person && oncall.find_person(callee.name) == nullptr) {
        return unknown(names_of(oncall.people));
    }
    return {};
}

Result<Step> read_step(const Node& node, const std::string& file, const OnCall& oncall) {
    Step step;
    std::vector<std::string> texts;
    MappingReader reader(node, file, "a step");
    reader.optional("after", step.after);
    const auto* notify = reader.take("notify", true);
    reader.optional("notify", texts);
    VIGIE_CHECK(reader.finish());
    for (size_t i = 0; i < texts.size(); ++i) {
        const auto place = fmt::format("{}:{}: notify", file, notify->items[i].line);
        VIGIE_TRY(auto callee, parse_callee(texts[i]).map_error([&](const Error& e) { return e.at(place); }));
        callee.place = place;
        VIGIE_CHECK(check_callee(callee, oncall));
        step.callees.push_back(std::move(callee));
    }
    if (step.callees.empty()) {
        return fail(ErrorCode::malformed, "{}:{}: notify: must name somebody", file, notify->line);
    }
    return step;
}

Result<void> read_steps(const Node& list, const std::string& file, const OnCall& oncall, std::vector<Step>& into) {
    VIGIE_CHECK(
        read_items(&list, "steps", file, into, [&](const Node& item) { return read_step(item, file, oncall); }));
    if (into.empty() || into.size() > steps_max) {
        return fail(ErrorCode::malformed, "{}:{}: steps: there must be 1 to {}", file, list.line, steps_max);
    }
    for (size_t i = 1; i < into.size(); ++i) {
        if (into[i].after <= into[i - 1].after) {
            return fail(ErrorCode::malformed, "{}:{}: after: must be more than {}, the step's before it", file,
                        list.items[i].line, format_duration(into[i - 1].after));
        }
    }
    return {};
}

Result<void> read_repeat(const Node* node, const std::string& file, Policy& policy) {
    if (node == nullptr) {
        return {};
    }
    MappingReader reader(*node, file, "repeat");
    reader.required("times", policy.repeats);
    reader.required("after", policy.repeat_after);
    if (const auto* times = node->find("times");
        times != nullptr && (policy.repeats < 1 || policy.repeats > repeats_max)) {
        reader.refuse(*times, "times", fmt::format("must be 1 to {}", repeats_max));
    }
    if (const auto* after = node->find("after"); after != nullptr && policy.repeat_after < 1s) {
        reader.refuse(*after, "after", "must be at least 1s");
    }
    return reader.finish();
}

Result<Policy> read_policy(const Node& node, const std::string& file, const OnCall& oncall) {
    Policy policy;
    std::vector<std::string> matchers;
    MappingReader reader(node, file, "an escalation");
    reader.required("name", policy.name);
    check_name(reader, node, policy.name);
    reader.optional("matchers", matchers);
    const auto* steps = reader.take("steps", true);
    const auto* repeat = reader.take("repeat", false);
    VIGIE_CHECK(reader.finish());
    for (size_t i = 0; i < matchers.size(); ++i) {
        VIGIE_TRY(auto some, routing::parse_matchers(matchers[i]).map_error([&](const Error& e) {
            return e.at(fmt::format("{}:{}: matchers", file, node.find("matchers")->items[i].line));
        }));
        std::move(some.begin(), some.end(), std::back_inserter(policy.matchers));
    }
    VIGIE_CHECK(read_steps(*steps, file, oncall, policy.steps));
    VIGIE_CHECK(read_repeat(repeat, file, policy));
    return policy;
}

// The three lists of one file.
struct Lists {
    std::string file;
    const Node* people = nullptr;
    const Node* rotas = nullptr;
    const Node* escalations = nullptr;
};

Result<Lists> lists_of(const config::Document& part) {
    Lists lists;
    lists.file = part.file;
    MappingReader reader(part.root, part.file, "oncall");
    lists.people = reader.take("people", false);
    lists.rotas = reader.take("rotas", false);
    lists.escalations = reader.take("escalations", false);
    VIGIE_CHECK(reader.finish());
    return lists;
}

}  // namespace

std::string text_of(const Callee& callee) {
    constexpr std::string_view kinds[] = {"rota", "person", "receiver"};
    return fmt::format("{}:{}", kinds[static_cast<size_t>(callee.kind)], callee.name);
}

Result<Callee> parse_callee(std::string_view text) {
    for (const auto kind : {Callee::Kind::rota, Callee::Kind::person, Callee::Kind::receiver}) {
        const auto prefix = text_of(Callee{.kind = kind, .name = {}, .place = {}});
        if (text.starts_with(prefix) && text.size() > prefix.size()) {
            return Callee{.kind = kind, .name = std::string(text.substr(prefix.size())), .place = {}};
        }
    }
    return fail(ErrorCode::malformed, "'{}' must be rota:NAME, person:NAME or receiver:NAME", text);
}

const Person* OnCall::find_person(std::string_view name) const {
    return find_in(people, name);
}
const Rota* OnCall::find_rota(std::string_view name) const {
    return find_in(rotas, name);
}
const Policy* OnCall::find_policy(std::string_view name) const {
    return find_in(policies, name);
}
const Policy* OnCall::policy_for(const routing::Labels& labels) const {
    const auto found = std::find_if(policies.begin(), policies.end(),
                                    [&labels](const Policy& one) { return routing::is_match(one.matchers, labels); });
    return found == policies.end() ? nullptr : &*found;
}

std::vector<Override> OnCall::known(std::vector<Override> overrides) const {
    std::erase_if(overrides, [this](const Override& one) { return find_person(one.person) == nullptr; });
    return overrides;
}

bool OnCall::calls(std::string_view receiver) const {
    const auto is_callee = [receiver](const Callee& one) {
        return one.kind == Callee::Kind::receiver && one.name == receiver;
    };
    const auto is_in_step = [&is_callee](const Step& one) {
        return std::any_of(one.callees.begin(), one.callees.end(), is_callee);
    };
    const auto is_of_person = [receiver](const Person& one) { return one.receiver == receiver; };
    const auto is_in_policy = [&is_in_step](const Policy& one) {
        return std::any_of(one.steps.begin(), one.steps.end(), is_in_step);
    };
    return std::any_of(people.begin(), people.end(), is_of_person) ||
           std::any_of(policies.begin(), policies.end(), is_in_policy);
}

Result<OnCall> read_oncall(std::span<const config::Document> parts) {
    OnCall oncall;
    std::vector<Lists> all;
    for (const auto& part : parts) {
        VIGIE_TRY(all.emplace_back(), lists_of(part));
    }
    for (const auto& one : all) {
        VIGIE_CHECK(read_named(one.people, "people", one.file, oncall.people,
                               [&](const Node& node) { return read_person(node, one.file); }));
    }
    for (const auto& one : all) {
        VIGIE_CHECK(read_named(one.rotas, "rotas", one.file, oncall.rotas,
                               [&](const Node& node) { return read_rota(node, one.file, oncall.people); }));
    }
    for (const auto& one : all) {
        VIGIE_CHECK(read_named(one.escalations, "escalations", one.file, oncall.policies,
                               [&](const Node& node) { return read_policy(node, one.file, oncall); }));
    }
    return oncall;
}

Error unknown_rota(const OnCall& oncall, std::string_view name) {
    return {ErrorCode::not_found,
            fmt::format("there is no rota '{}'{}", name, did_you_mean(name, names_of(oncall.rotas)))};
}
Error unknown_person(const OnCall& oncall, std::string_view name) {
    return {ErrorCode::not_found,
            fmt::format("there is no person '{}'{}", name, did_you_mean(name, names_of(oncall.people)))};
}

Result<OnCall> parse_oncall(std::string_view text, const std::string& file) {
    VIGIE_TRY(auto root, config::parse_yaml(text, file));
    const config::Document part{file, std::move(root)};
    return read_oncall({&part, 1});
}

}  // namespace vigie::controller::oncall
