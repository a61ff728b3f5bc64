// What is said on one connection to the bus, round after round: the list of units, then the properties that the list
// does not have. Pure: bytes in, bytes out; unit_source does the input and output.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "agent/collect/systemd.hpp"
#include "agent/systemd/bus_message.hpp"
#include "agent/systemd/unit_questions.hpp"
#include "agent/systemd/unit_replies.hpp"

namespace vigie::agent {

class UnitTalk {
  public:
    explicit UnitTalk(SystemdOptions options) : options_(std::move(options)) {}

    // The first bytes of a round; of the first one with the greeting in front. The round before must be over.
    std::string begin_round();
    // Bytes from the bus; gives those to send back. After an error the connection is of no use any more: not_found when
    // there is no systemd on this bus, denied, malformed, too_large, unavailable when a question is refused for another
    // reason than that what it asks for is not there.
    Result<std::string> take(std::string_view bytes);
    bool is_round_over() const { return is_listed_ && answered_ == questions_.size(); }
    // Of the round that is over.
    SystemdReading take_reading();

  private:
    struct Question {  // its serial is its place in the round, from 1 on
        UnitTopic topic;
        size_t unit = 0;  // of those that have a unit
        bool is_answered = false;
    };
    // What changes only when an administrator changes it.
    struct Known {
        std::string type;
        bool is_accepting = true;
        std::optional<double> accepted;
        std::optional<double> connections;
        std::optional<double> refused;
    };

    void ask(UnitTopic topic, size_t unit = 0) { questions_.push_back({topic, unit}); }
    void ask_about(size_t unit);
    void ask_about_socket(size_t unit);
    void send_waiting(std::string& to_send);
    std::string encode(const Question& question, uint32_t serial) const;
    std::string describe(const Question& question) const;

    Result<size_t> take_message(std::string_view bytes);
    Result<void> take_answer(const BusMessage& message);
    Result<void> take_list(const BusMessage& message);
    void take_property(const Question& question, const WireReader::Basic& value);
    void take_unit_property(UnitTopic topic, UnitReading& unit, const WireReader::Basic& value);
    void take_type(UnitReading& unit, std::string_view type);
    void take_socket_number(UnitTopic topic, UnitReading& unit, double number);

    const SystemdOptions options_;
    std::string buffer_;
    bool is_welcome_ = false;
    bool is_listed_ = false;
    uint64_t rounds_ = 0;
    std::vector<Question> questions_;  // of this round, in the order in which they go out
    size_t sent_ = 0;
    size_t answered_ = 0;
    std::vector<std::string> paths_;  // of the units of this round
    std::map<std::string, Known, std::less<>> known_;
    std::string version_;
    SystemdReading reading_;
};

// Every so many rounds what is known is asked again: a unit's file may have changed.
constexpr uint64_t known_rounds = 60;

}  // namespace vigie::agent
