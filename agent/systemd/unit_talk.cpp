// Questions of a round go out together, so that it takes two waits however many units there are.
#include "agent/systemd/unit_talk.hpp"

#include <algorithm>
#include <limits>

#include "agent/systemd/unit_choice.hpp"
#include "shared/core/assert.hpp"
#include "shared/core/harmless.hpp"

namespace vigie::agent {
namespace {

constexpr std::string_view systemd_name = "org.freedesktop.systemd1";
constexpr std::string_view manager_path = "/org/freedesktop/systemd1";
constexpr std::string_view manager = "org.freedesktop.systemd1.Manager";
// Names of units have 255 bytes at most (systemd.unit(5)), versions and types far less.
constexpr size_t word_bytes_max = 255;

struct PropertyName {
    std::string_view interface;
    std::string_view name;
};

bool is_missing_service(std::string_view error_name) {
    return error_name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
           error_name == "org.freedesktop.DBus.Error.NameHasNoOwner";
}

Error error_of(std::string_view what, std::string_view error_name) {
    if (is_missing_service(error_name)) {
        return {ErrorCode::not_found, "there is no systemd on the bus"};
    }
    const bool is_denied = error_name.ends_with(".AccessDenied");
    return {is_denied ? ErrorCode::denied : ErrorCode::unavailable,
            fmt::format("systemd: {}: {}", what, harmless(std::string(error_name)))};
}

}  // namespace

std::string UnitTalk::begin_round() {
    VIGIE_ASSERT(unanswered_ == 0);
    questions_.clear();
    is_listed_ = false;
    reading_ = {};
    std::string to_send;
    if (rounds_ == 0) {
        to_send = bus_greeting();
        ask(Topic::hello, 0,
            {.serial = 0,
             .destination = "org.freedesktop.DBus",
             .path = "/org/freedesktop/DBus",
             .interface = "org.freedesktop.DBus",
             .member = "Hello",
             .arguments = {}},
            to_send);
    }
    if (rounds_++ % known_rounds == 0) {
        known_.clear();
        ask_manager(Topic::version, to_send);
    }
    ask_manager(Topic::system_state, to_send);
    ask(Topic::list, 0,
        {.serial = 0,
         .destination = systemd_name,
         .path = manager_path,
         .interface = manager,
         .member = "ListUnits",
         .arguments = {}},
        to_send);
    return to_send;
}

void UnitTalk::ask(Topic topic, size_t unit, BusCall call, std::string& to_send) {
    questions_.push_back({topic, unit});
    ++unanswered_;
    call.serial = static_cast<uint32_t>(questions_.size());
    to_send += encode_bus_call(call);
}

void UnitTalk::ask_manager(Topic topic, std::string& to_send) {
    const std::array<std::string_view, 2> words{manager, topic == Topic::version ? "Version" : "SystemState"};
    ask(topic, 0,
        {.serial = 0,
         .destination = systemd_name,
         .path = manager_path,
         .interface = "org.freedesktop.DBus.Properties",
         .member = "Get",
         .arguments = words},
        to_send);
}

void UnitTalk::ask_unit(Topic topic, size_t unit, std::string& to_send) {
    constexpr std::string_view service = "org.freedesktop.systemd1.Service";
    constexpr std::string_view socket = "org.freedesktop.systemd1.Socket";
    const auto name = [&]() -> PropertyName {
        switch (topic) {
            case Topic::restarts:
                return {service, "NRestarts"};
            case Topic::started:
                return {"org.freedesktop.systemd1.Unit", "ActiveEnterTimestamp"};
            case Topic::tasks:
                return {service, "TasksCurrent"};
            case Topic::tasks_max:
                return {service, "TasksMax"};
            case Topic::triggered:
                return {"org.freedesktop.systemd1.Timer", "LastTriggerUSec"};
            case Topic::is_accepting:
                return {socket, "Accept"};
            case Topic::accepted:
                return {socket, "NAccepted"};
            case Topic::connections:
                return {socket, "NConnections"};
            case Topic::refused:
                return {socket, "NRefused"};
            default:
                break;
        }
        const bool is_mount = reading_.units[unit].name.ends_with(".mount");
        return {is_mount ? "org.freedesktop.systemd1.Mount" : service, "Type"};
    }();
    const std::array<std::string_view, 2> words{name.interface, name.name};
    ask(topic, unit,
        {.serial = 0,
         .destination = systemd_name,
         .path = paths_[unit],
         .interface = "org.freedesktop.DBus.Properties",
         .member = "Get",
         .arguments = words},
        to_send);
}

void UnitTalk::ask_about(size_t unit, std::string& to_send) {
    auto& reading = reading_.units[unit];
    const bool is_service = reading.name.ends_with(".service");
    if (is_service || reading.name.ends_with(".mount")) {
        if (const auto known = known_.find(reading.name); known != known_.end()) {
            reading.type = known->second.type;
        } else {
            ask_unit(Topic::type, unit, to_send);
        }
    }
    if (is_service && options_.has_restarts) {
        ask_unit(Topic::restarts, unit, to_send);
    }
    if (is_service && options_.has_tasks) {
        ask_unit(Topic::tasks, unit, to_send);
        ask_unit(Topic::tasks_max, unit, to_send);
    }
    if (options_.has_start_times) {
        if (reading.state == unit_state_of("active")) {
            ask_unit(Topic::started, unit, to_send);
        } else {
            reading.started_seconds = 0;
        }
    }
    if (reading.name.ends_with(".timer")) {
        ask_unit(Topic::triggered, unit, to_send);
    }
    if (reading.name.ends_with(".socket")) {
        ask_about_socket(unit, to_send);
    }
}

// Only a socket that accepts connections itself (Accept=yes) counts them; of the others the numbers stay as they are.
void UnitTalk::ask_about_socket(size_t unit, std::string& to_send) {
    auto& reading = reading_.units[unit];
    const auto known = known_.find(reading.name);
    if (known != known_.end() && !known->second.is_accepting) {
        reading.accepted = known->second.accepted;
        reading.connections = known->second.connections;
        reading.refused = known->second.refused;
        return;
    }
    if (known == known_.end()) {
        ask_unit(Topic::is_accepting, unit, to_send);
    }
    ask_unit(Topic::accepted, unit, to_send);
    ask_unit(Topic::connections, unit, to_send);
    ask_unit(Topic::refused, unit, to_send);
}

Result<std::string> UnitTalk::take(std::string_view bytes) {
    buffer_ += bytes;
    std::string to_send;
    size_t used = 0;
    if (!is_welcome_) {
        VIGIE_TRY(const auto welcome, parse_bus_welcome(buffer_));
        if (!welcome) {
            return to_send;
        }
        is_welcome_ = true;
        used = *welcome;
    }
    for (;;) {
        VIGIE_TRY(const auto consumed, take_message(std::string_view(buffer_).substr(used), to_send));
        if (consumed == 0) {
            break;
        }
        used += consumed;
    }
    if (used == buffer_.size()) {
        buffer_ = {};  // a list of many units is large, and the next one is seconds away
    } else {
        buffer_.erase(0, used);
    }
    return to_send;
}

// 0 when the message is not whole yet.
Result<size_t> UnitTalk::take_message(std::string_view bytes, std::string& to_send) {
    VIGIE_TRY(const auto message, parse_bus_message(bytes));
    if (!message) {
        return size_t{0};
    }
    VIGIE_CHECK(take_answer(*message, to_send));
    return message->consumed;
}

Result<void> UnitTalk::take_answer(const BusMessage& message, std::string& to_send) {
    const size_t place = message.reply_serial;
    if (message.kind == BusMessage::Kind::other || place == 0 || place > questions_.size() ||
        std::exchange(questions_[place - 1].is_answered, true)) {
        return {};
    }
    --unanswered_;
    const auto question = questions_[place - 1];
    const bool is_error = message.kind == BusMessage::Kind::error;
    if (is_error && is_missing_service(message.error_name)) {
        return fail(error_of("ListUnits", message.error_name));
    }
    if (question.topic == Topic::hello) {
        return is_error ? fail(error_of("Hello", message.error_name)) : Result<void>();
    }
    if (question.topic == Topic::list) {
        if (is_error) {
            return fail(error_of("ListUnits", message.error_name));
        }
        VIGIE_CHECK(take_list(message));
        for (size_t unit = 0; unit < reading_.units.size(); ++unit) {
            ask_about(unit, to_send);
        }
        is_listed_ = true;
        return {};
    }
    if (is_error) {
        return {};  // a unit that is gone meanwhile, or a property that this systemd does not know yet
    }
    VIGIE_TRY(const auto value, parse_unit_property(message.signature, message.body));
    take_property(question, value);
    return {};
}

Result<void> UnitTalk::take_list(const BusMessage& message) {
    VIGIE_TRY(auto choice, choose_units(message.signature, message.body, options_));
    reading_.counts = std::move(choice.counts);
    reading_.units = std::move(choice.units);
    reading_.left_out = choice.left_out;
    paths_ = std::move(choice.paths);
    return {};
}

void UnitTalk::take_property(const Question& question, const WireReader::Basic& value) {
    const bool is_text = value.type == 's';
    const bool wants_text =
        question.topic == Topic::version || question.topic == Topic::system_state || question.topic == Topic::type;
    if (is_text != wants_text || value.text.size() > word_bytes_max) {
        return;
    }
    if (question.topic == Topic::version) {
        version_ = value.text;
        return;
    }
    if (question.topic == Topic::system_state) {
        reading_.is_running = value.text == "running";
        return;
    }
    auto& unit = reading_.units[question.unit];
    const auto number = static_cast<double>(value.number);
    const bool is_set = value.number != std::numeric_limits<uint64_t>::max();  // of a number of tasks
    constexpr double microseconds = 1e6;
    switch (question.topic) {
        case Topic::type:
            take_type(unit, value.text);
            break;
        case Topic::restarts:
            unit.restarts = number;
            break;
        case Topic::started:
            unit.started_seconds = number / microseconds;
            break;
        case Topic::tasks:
            unit.tasks = is_set ? std::optional(number) : std::nullopt;
            break;
        case Topic::tasks_max:
            unit.tasks_max = is_set ? std::optional(number) : std::nullopt;
            break;
        case Topic::triggered:
            unit.triggered_seconds = number / microseconds;
            break;
        case Topic::is_accepting:
            known_[unit.name].is_accepting = value.number != 0;
            break;
        default:
            take_socket_number(question.topic, unit, number);
            break;
    }
}

void UnitTalk::take_type(UnitReading& unit, std::string_view type) {
    unit.type = type;
    known_[unit.name].type = type;
}

// Accept is asked before the numbers, and answers come in the order of the questions.
void UnitTalk::take_socket_number(Topic topic, UnitReading& unit, double number) {
    const auto member = [&] {
        return topic == Topic::accepted      ? std::pair(&UnitReading::accepted, &Known::accepted)
               : topic == Topic::connections ? std::pair(&UnitReading::connections, &Known::connections)
                                             : std::pair(&UnitReading::refused, &Known::refused);
    }();
    unit.*member.first = number;
    if (const auto known = known_.find(unit.name); known != known_.end()) {
        known->second.*member.second = number;
    }
}

SystemdReading UnitTalk::take_reading() {
    VIGIE_ASSERT(is_round_over());
    reading_.version = version_;
    std::erase_if(known_, [&](const auto& entry) {
        const auto place = std::lower_bound(reading_.units.begin(), reading_.units.end(), entry.first,
                                            [](const UnitReading& unit, const auto& name) { return unit.name < name; });
        return place == reading_.units.end() || place->name != entry.first;
    });
    return std::move(reading_);
}

}  // namespace vigie::agent
