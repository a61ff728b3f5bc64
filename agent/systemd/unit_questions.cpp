// Two tables.
#include "agent/systemd/unit_questions.hpp"

#include <algorithm>
#include <array>

namespace vigie::agent {

UnitProperty property_of(UnitTopic topic) {
    constexpr std::string_view manager = "org.freedesktop.systemd1.Manager";
    constexpr std::string_view service = "org.freedesktop.systemd1.Service";
    constexpr std::string_view socket = "org.freedesktop.systemd1.Socket";
    switch (topic) {
        case UnitTopic::version:
            return {manager, "Version", 's'};
        case UnitTopic::system_state:
            return {manager, "SystemState", 's'};
        case UnitTopic::service_type:
            return {service, "Type", 's'};
        case UnitTopic::mount_type:
            return {"org.freedesktop.systemd1.Mount", "Type", 's'};
        case UnitTopic::restarts:
            return {service, "NRestarts", 'u'};
        case UnitTopic::started:
            return {"org.freedesktop.systemd1.Unit", "ActiveEnterTimestamp", 't'};
        case UnitTopic::tasks:
            return {service, "TasksCurrent", 't'};
        case UnitTopic::tasks_max:
            return {service, "TasksMax", 't'};
        case UnitTopic::triggered:
            return {"org.freedesktop.systemd1.Timer", "LastTriggerUSec", 't'};
        case UnitTopic::is_accepting:
            return {socket, "Accept", 'b'};
        case UnitTopic::accepted:
            return {socket, "NAccepted", 'u'};
        case UnitTopic::connections:
            return {socket, "NConnections", 'u'};
        case UnitTopic::refused:
            return {socket, "NRefused", 'u'};
        case UnitTopic::hello:
        case UnitTopic::list:
            break;
    }
    return {};
}

bool is_absence(std::string_view error_name) {
    constexpr std::array<std::string_view, 5> absences{
        "org.freedesktop.DBus.Error.UnknownProperty", "org.freedesktop.DBus.Error.UnknownObject",
        "org.freedesktop.DBus.Error.UnknownInterface", "org.freedesktop.DBus.Error.UnknownMethod",
        "org.freedesktop.systemd1.NoSuchUnit"};
    return std::find(absences.begin(), absences.end(), error_name) != absences.end();
}

}  // namespace vigie::agent
