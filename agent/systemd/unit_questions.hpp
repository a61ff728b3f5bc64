// What a round asks systemd for (org.freedesktop.systemd1(5)), and which answers only say that it is not there. Pure.
#pragma once
#include <string_view>

namespace vigie::agent {

enum class UnitTopic {
    hello,
    list,
    version,
    system_state,
    service_type,
    mount_type,
    restarts,
    started,
    tasks,
    tasks_max,
    triggered,
    is_accepting,
    accepted,
    connections,
    refused,
};

struct UnitProperty {
    std::string_view interface;
    std::string_view name;
    char type = '\0';  // as D-Bus writes it: a value of another type is passed over
};
// Of each topic but `hello` and `list`, which are calls of their own: empty.
UnitProperty property_of(UnitTopic topic);

// The unit is gone meanwhile, or this systemd does not have the property. Every other error says nothing about the
// unit: the bus or systemd is at its limits, or does not let us ask.
bool is_absence(std::string_view error_name);

// dbus-daemon lets a connection of the system bus wait for 128 answers (max_replies_per_connection) and refuses calls
// beyond them. Half of that: the bus may be configured tighter, and more in flight is hardly faster.
constexpr size_t questions_in_flight_max = 64;

}  // namespace vigie::agent
