// fuzz: vigie_agent_systemd
// Bytes from the bus. A message that is read is within its bytes and reads the same with more behind it; a talk that is
// given any bytes, all at once or in two parts, ends in the same error or has the same to say.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/systemd/unit_choice.hpp"
#include "agent/systemd/unit_talk.hpp"

namespace {

using namespace vigie;
using namespace vigie::agent;

void require(bool holds) {
    if (!holds) {
        __builtin_trap();
    }
}

// Whatever a body holds, of whichever signature its message has, and as a list or a property.
void read_body(const BusMessage& message) {
    size_t listed = 0;
    static_cast<void>(parse_unit_list("a(ssssssouso)", message.body, [&](const ListedUnit& unit) {
        require(unit.name.size() <= message.body.size());
        ++listed;
    }));
    const auto choice = choose_units("a(ssssssouso)", message.body, {});
    require(!choice || (choice->units.size() <= listed && choice->units.size() == choice->paths.size()));
    static_cast<void>(parse_unit_property("v", message.body));
    static_cast<void>(parse_unit_property(message.signature, message.body));
}

void read_messages(std::string_view bytes) {
    while (true) {
        const auto size = parse_bus_message_size(bytes);
        const auto message = parse_bus_message(bytes);
        if (!message || !*message) {
            return;
        }
        require(size && *size && **size == (*message)->consumed && (*message)->consumed <= bytes.size());
        read_body(**message);
        bytes.remove_prefix((*message)->consumed);
    }
}

struct Outcome {
    std::string said;
    bool is_error = false;
    bool is_over = false;
    bool operator==(const Outcome&) const = default;
};

Outcome talk(std::string_view bytes, size_t first) {
    SystemdOptions options;
    options.has_start_times = options.has_tasks = true;
    UnitTalk talk(options);
    Outcome outcome{talk.begin_round()};
    for (const auto part : {bytes.substr(0, first), bytes.substr(first)}) {
        const auto said = talk.take(part);
        if (!said) {
            outcome.is_error = true;
            return outcome;
        }
        outcome.said += *said;
    }
    outcome.is_over = talk.is_round_over();
    if (outcome.is_over) {
        require(talk.take_reading().units.size() <= systemd_units_max);
        static_cast<void>(talk.begin_round());
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto welcome = parse_bus_welcome(bytes);
    require(!welcome || !*welcome || **welcome <= size);
    read_messages(bytes.substr(welcome && *welcome ? **welcome : 0));
    const auto whole = talk(bytes, size);
    const auto parts = talk(bytes, size / 2);
    // In parts what stands before an error is said first.
    require(whole.is_error == parts.is_error && (whole.is_error || whole == parts));
    return 0;
}
