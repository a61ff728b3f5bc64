// Questions of a round wait in one row: questions_in_flight_max of them are on their way, and each answer lets the next
// one go.
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
// Names of units have 255 bytes at most (systemd.unit(5)), versions and types far less.
constexpr size_t word_bytes_max = 255;

bool is_missing_service(std::string_view error_name) {
    return error_name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
           error_name == "org.freedesktop.DBus.Error.NameHasNoOwner";
}

bool is_of_manager(UnitTopic topic) {
    return topic == UnitTopic::version || topic == UnitTopic::system_state;
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
    VIGIE_ASSERT(answered_ == questions_.size());
    questions_.clear();
    sent_ = answered_ = 0;
    is_listed_ = false;
    reading_ = {};
    std::string to_send;
    if (rounds_ == 0) {
        to_send = bus_greeting();
        ask(UnitTopic::hello);
    }
    if (rounds_++ % known_rounds == 0) {
        known_.clear();
        ask(UnitTopic::version);
    }
    ask(UnitTopic::system_state);
    ask(UnitTopic::list);
    send_waiting(to_send);
    return to_send;
}

void UnitTalk::send_waiting(std::string& to_send) {
    while (sent_ < questions_.size() && sent_ - answered_ < questions_in_flight_max) {
        const auto& question = questions_[sent_++];
        to_send += encode(question, static_cast<uint32_t>(sent_));
    }
}

std::string UnitTalk::encode(const Question& question, uint32_t serial) const {
    if (question.topic == UnitTopic::hello) {
        return encode_bus_call({.serial = serial,
                                .destination = "org.freedesktop.DBus",
                                .path = "/org/freedesktop/DBus",
                                .interface = "org.freedesktop.DBus",
                                .member = "Hello",
                                .arguments = {}});
    }
    if (question.topic == UnitTopic::list) {
        return encode_bus_call({.serial = serial,
                                .destination = systemd_name,
                                .path = manager_path,
                                .interface = "org.freedesktop.systemd1.Manager",
                                .member = "ListUnits",
                                .arguments = {}});
    }
    const auto property = property_of(question.topic);
    const std::array<std::string_view, 2> words{property.interface, property.name};
    return encode_bus_call({.serial = serial,
                            .destination = systemd_name,
                            .path = is_of_manager(question.topic) ? manager_path : paths_[question.unit],
                            .interface = "org.freedesktop.DBus.Properties",
                            .member = "Get",
                            .arguments = words});
}

// For messages: "ListUnits", "Version", "NRestarts of ssh.service".
std::string UnitTalk::describe(const Question& question) const {
    if (question.topic == UnitTopic::hello || question.topic == UnitTopic::list) {
        return question.topic == UnitTopic::hello ? "Hello" : "ListUnits";
    }
    const auto name = property_of(question.topic).name;
    return is_of_manager(question.topic) ? std::string(name)
                                         : fmt::format("{} of {}", name, harmless(reading_.units[question.unit].name));
}

void UnitTalk::ask_about(size_t unit) {
    auto& reading = reading_.units[unit];
    const bool is_service = reading.name.ends_with(".service");
    if (is_service || reading.name.ends_with(".mount")) {
        if (const auto known = known_.find(reading.name); known != known_.end()) {
            reading.type = known->second.type;
        } else {
            ask(is_service ? UnitTopic::service_type : UnitTopic::mount_type, unit);
        }
    }
    if (is_service && options_.has_restarts) {
        ask(UnitTopic::restarts, unit);
    }
    if (is_service && options_.has_tasks) {
        ask(UnitTopic::tasks, unit);
        ask(UnitTopic::tasks_max, unit);
    }
    if (options_.has_start_times) {
        if (reading.state == unit_state_of("active")) {
            ask(UnitTopic::started, unit);
        } else {
            reading.started_seconds = 0;
        }
    }
    if (reading.name.ends_with(".timer")) {
        ask(UnitTopic::triggered, unit);
    }
    if (reading.name.ends_with(".socket")) {
        ask_about_socket(unit);
    }
}

// Only a socket that accepts connections itself (Accept=yes) counts them; of the others the numbers stay as they are.
void UnitTalk::ask_about_socket(size_t unit) {
    auto& reading = reading_.units[unit];
    const auto known = known_.find(reading.name);
    if (known != known_.end() && !known->second.is_accepting) {
        reading.accepted = known->second.accepted;
        reading.connections = known->second.connections;
        reading.refused = known->second.refused;
        return;
    }
    if (known == known_.end()) {
        ask(UnitTopic::is_accepting, unit);
    }
    ask(UnitTopic::accepted, unit);
    ask(UnitTopic::connections, unit);
    ask(UnitTopic::refused, unit);
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
        VIGIE_TRY(const auto consumed, take_message(std::string_view(buffer_).substr(used)));
        if (consumed == 0) {
            break;
        }
        used += consumed;
        send_waiting(to_send);
    }
    if (used == buffer_.size()) {
        buffer_ = {};  // a list of many units is large, and the next one is seconds away
    } else {
        buffer_.erase(0, used);
    }
    return to_send;
}

// 0 when the message is not whole yet.
Result<size_t> UnitTalk::take_message(std::string_view bytes) {
    VIGIE_TRY(const auto message, parse_bus_message(bytes));
    if (!message) {
        return size_t{0};
    }
    VIGIE_CHECK(take_answer(*message));
    return message->consumed;
}

Result<void> UnitTalk::take_answer(const BusMessage& message) {
    const size_t place = message.reply_serial;
    if (message.kind == BusMessage::Kind::other || place == 0 || place > sent_ ||
        std::exchange(questions_[place - 1].is_answered, true)) {
        return {};
    }
    ++answered_;
    const auto question = questions_[place - 1];
    const bool is_property = question.topic != UnitTopic::hello && question.topic != UnitTopic::list;
    if (message.kind == BusMessage::Kind::error) {
        return is_property && is_absence(message.error_name) ? Result<void>()
                                                             : fail(error_of(describe(question), message.error_name));
    }
    if (question.topic == UnitTopic::list) {
        return take_list(message);
    }
    if (is_property) {
        VIGIE_TRY(const auto value, parse_unit_property(message.signature, message.body));
        take_property(question, value);
    }
    return {};
}

Result<void> UnitTalk::take_list(const BusMessage& message) {
    VIGIE_TRY(auto choice, choose_units(message.signature, message.body, options_));
    reading_.counts = std::move(choice.counts);
    reading_.units = std::move(choice.units);
    reading_.left_out = choice.left_out;
    paths_ = std::move(choice.paths);
    for (size_t unit = 0; unit < reading_.units.size(); ++unit) {
        ask_about(unit);
    }
    is_listed_ = true;
    return {};
}

void UnitTalk::take_property(const Question& question, const WireReader::Basic& value) {
    if (value.type != property_of(question.topic).type || value.text.size() > word_bytes_max) {
        return;
    }
    if (question.topic == UnitTopic::version) {
        version_ = value.text;
    } else if (question.topic == UnitTopic::system_state) {
        reading_.is_running = value.text == "running";
        reading_.is_stopping = value.text == "stopping";
    } else {
        take_unit_property(question.topic, reading_.units[question.unit], value);
    }
}

void UnitTalk::take_unit_property(UnitTopic topic, UnitReading& unit, const WireReader::Basic& value) {
    const auto number = static_cast<double>(value.number);
    const bool is_set = value.number != std::numeric_limits<uint64_t>::max();  // of a number of tasks
    constexpr double microseconds = 1e6;
    switch (topic) {
        case UnitTopic::service_type:
        case UnitTopic::mount_type:
            return take_type(unit, value.text);
        case UnitTopic::restarts:
            unit.restarts = number;
            return;
        case UnitTopic::started:
            unit.started_seconds = number / microseconds;
            return;
        case UnitTopic::tasks:
            unit.tasks = is_set ? std::optional(number) : std::nullopt;
            return;
        case UnitTopic::tasks_max:
            unit.tasks_max = is_set ? std::optional(number) : std::nullopt;
            return;
        case UnitTopic::triggered:
            unit.triggered_seconds = number / microseconds;
            return;
        case UnitTopic::is_accepting:
            known_[unit.name].is_accepting = value.number != 0;
            return;
        default:
            return take_socket_number(topic, unit, number);
    }
}

void UnitTalk::take_type(UnitReading& unit, std::string_view type) {
    unit.type = type;
    known_[unit.name].type = type;
}

// Accept is asked before the numbers, and answers come in the order of the questions.
void UnitTalk::take_socket_number(UnitTopic topic, UnitReading& unit, double number) {
    const auto member = [&] {
        return topic == UnitTopic::accepted      ? std::pair(&UnitReading::accepted, &Known::accepted)
               : topic == UnitTopic::connections ? std::pair(&UnitReading::connections, &Known::connections)
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
