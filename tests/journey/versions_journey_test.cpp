// Both ends' sessions in one conversation, byte by byte, where one end is of another version: it speaks another range,
// and its messages have the fields that it knows.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <functional>

#include "tests/unit/protocol/codec/released_v1.hpp"
#include "tests/unit/protocol/session/session_support.hpp"

namespace vigie::protocol {
namespace {

constexpr uint64_t incarnation = 1000;
constexpr uint64_t entries = 9;
constexpr uint8_t version_after = protocol_version_max + 1;

std::string entry(uint64_t seq) {
    return encode_entry(SampleBatch{.sampled_at_unix_ms = static_cast<int64_t>(seq), .schema = "up\n", .values = {1}});
}

Hello speaking(uint8_t min, uint8_t max) {
    Hello hello;
    hello.version_min = min;
    hello.version_max = max;
    hello.boot_id = "a boot";
    return hello;
}

ControllerSessionSettings accepting(uint8_t min, uint8_t max) {
    ControllerSessionSettings settings;
    settings.versions = {.min = min, .max = max};
    return settings;
}

using Alter = std::function<Frames(const Frames&)>;

Frames unaltered(const Frames& frames) {
    return frames;
}

// An agent that holds entries 1 to 9 of metrics, and its controller. What goes each way may be altered on the way.
class Conversation {
  public:
    Conversation(Hello identity, ControllerSessionSettings settings)
        : agent_(std::move(identity), {state()}), controller_(AgentId{"web-1"}, {}, settings) {}

    Alter up = unaltered;
    Alter down = unaltered;

    // Until nobody has anything to say.
    void run() {
        take(agent_.on_connected(at(1s)));
        while (!under_way_.empty()) {
            const auto [is_up, frames] = under_way_.front();
            under_way_.pop_front();
            is_up ? arrive_at_controller(frames) : arrive_at_agent(frames);
        }
    }

    void start_job() { take(controller_.start_job(JobStart{"1", 1, "note", 0, 0, {}}, at(2s))); }

    std::vector<uint64_t> applied;
    uint64_t acked = 0;
    std::vector<uint8_t> versions;  // of all messages of the session
    std::vector<uint8_t> types;
    std::string refusal;
    std::string reopened;
    uint8_t welcomed = 0;

    bool is_delivered() const {
        return applied == std::vector<uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9} && acked == entries;
    }
    bool is_all_of_version(uint8_t version) const {
        return !versions.empty() &&
               std::all_of(versions.begin(), versions.end(), [&](auto one) { return one == version; });
    }

  private:
    static StreamState state() { return {Stream::metrics, incarnation, 1, entries + 1}; }

    void send(bool is_up, const Frames& frames) {
        const auto header = decode_header(frames.header);
        BOOST_REQUIRE(header);
        types.push_back(static_cast<uint8_t>(header->type));
        if (header->session != 0) {
            versions.push_back(header->version);
        }
        under_way_.emplace_back(is_up, (is_up ? up : down)(frames));
    }

    void take(const AgentActions& actions) {
        for (const auto& action : actions) {
            if (const auto* message = std::get_if<SendMessage>(&action)) {
                send(true, encode_frames(message->message));
            } else if (const auto* wish = std::get_if<SendEntries>(&action)) {
                send_entries(*wish);
            } else if (const auto* mark = std::get_if<MarkAcked>(&action)) {
                acked = mark->seq;
            } else if (const auto* established = std::get_if<SessionEstablished>(&action)) {
                welcomed = established->welcome.version;
            } else if (const auto* refused = std::get_if<SessionRefused>(&action)) {
                refusal = refused->refuse.message;
            } else if (const auto* reopen = std::get_if<Reopen>(&action)) {
                reopened = reopen->why;
            }
        }
    }

    void send_entries(const SendEntries& wish) {
        std::vector<uint32_t> sizes;
        for (auto seq = wish.from_seq; seq <= entries; ++seq) {
            auto header = wish.header;
            header.seq = seq;
            send(true, encode_stored_entry(header, entry(seq)));
            sizes.push_back(static_cast<uint32_t>(entry(seq).size()));
        }
        take(agent_.on_entries_sent(Stream::metrics, wish.from_seq, sizes, at(1s)));
    }

    void take(const ControllerActions& actions) {
        for (const auto& action : actions) {
            if (const auto* message = std::get_if<SendTo>(&action)) {
                send(false, encode_frames(message->message));
            } else if (const auto* apply = std::get_if<Apply>(&action)) {
                const auto decoded = decode_entry(apply->entry_bytes);
                BOOST_REQUIRE(decoded);
                applied.push_back(static_cast<uint64_t>(std::get<SampleBatch>(*decoded).sampled_at_unix_ms));
                controller_.on_durable(apply->stream, apply->incarnation, apply->seq);
                take(controller_.take_acks(at(1s)));
            }
        }
    }

    void arrive_at_controller(const Frames& frames) {
        const auto header = decode_header(frames.header);
        if (!header) {
            return take(controller_.on_undecodable("a", header.error(), at(1s)));
        }
        if (header->type == MessageType::batch) {
            return take(controller_.on_batch("a", *header, frames.body, at(1s)));
        }
        auto body = decode_body(header->type, frames.body);
        take(body ? controller_.on_message("a", {*header, std::move(*body)}, at(1s))
                  : controller_.on_undecodable("a", body.error(), at(1s)));
    }

    void arrive_at_agent(const Frames& frames) {
        if (const auto message = decode_frames(frames.header, frames.body)) {
            take(agent_.on_message(*message, at(1s)));
        }
    }

    AgentSession agent_;
    ControllerSession controller_;
    std::deque<std::pair<bool, Frames>> under_way_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(versions)

BOOST_AUTO_TEST_CASE(an_agent_of_version_1_delivers_to_this_controller) {
    Conversation talk(speaking(1, 1), {});
    talk.up = talk.down = released_v1::cut;
    talk.run();
    BOOST_TEST(talk.welcomed == 1);
    BOOST_TEST(talk.is_delivered());
    BOOST_TEST(talk.is_all_of_version(1));
}

BOOST_AUTO_TEST_CASE(this_agent_delivers_to_a_controller_of_version_1) {
    Conversation talk(Hello{}, accepting(1, 1));
    talk.up = talk.down = released_v1::cut;
    talk.run();
    BOOST_TEST(talk.welcomed == 1);
    BOOST_TEST(talk.is_delivered());
    BOOST_TEST(talk.is_all_of_version(1));
}

// cut() does not take another type, so this is also what the two above rely on.
BOOST_AUTO_TEST_CASE(a_session_of_version_1_has_no_later_message) {
    for (const bool is_agent_older : {true, false}) {
        Conversation talk(is_agent_older ? speaking(1, 1) : Hello{},
                          is_agent_older ? accepting(1, protocol_version_max) : accepting(1, 1));
        talk.run();
        talk.start_job();
        BOOST_TEST(!talk.types.empty());
        for (const auto type : talk.types) {
            BOOST_TEST(type <= released_v1::last_type);
        }
    }
}

BOOST_AUTO_TEST_CASE(this_agent_delivers_to_a_later_controller) {
    Conversation talk(Hello{}, accepting(protocol_version_max, version_after));
    talk.down = released_v1::lengthen;
    talk.run();
    BOOST_TEST(talk.welcomed == protocol_version_max);
    BOOST_TEST(talk.is_delivered());
}

BOOST_AUTO_TEST_CASE(a_later_agent_delivers_to_this_controller) {
    Conversation talk(speaking(protocol_version_max, version_after), {});
    talk.up = released_v1::lengthen;
    talk.run();
    BOOST_TEST(talk.welcomed == protocol_version_max);
    BOOST_TEST(talk.is_delivered());
    BOOST_TEST(talk.is_all_of_version(protocol_version_max));
}

BOOST_AUTO_TEST_CASE(ranges_without_a_common_version_are_refused_by_name) {
    Conversation older(speaking(1, 1), accepting(3, 4));
    older.run();
    BOOST_TEST(older.refusal == "the agent speaks protocol versions 1 to 1, this controller 3 to 4: upgrade the agent");
    BOOST_TEST(older.reopened == "refused: " + older.refusal);
    BOOST_TEST(older.applied.empty());

    Conversation later(speaking(3, 4), accepting(1, 2));
    later.run();
    BOOST_TEST(later.refusal ==
               "the agent speaks protocol versions 3 to 4, this controller 1 to 2: upgrade the controller");
    BOOST_TEST(later.applied.empty());
}

BOOST_AUTO_TEST_CASE(a_version_that_the_agent_did_not_offer_is_named) {
    AgentSession agent(speaking(1, 2), {});
    static_cast<void>(agent.on_connected(at(1s)));
    const auto actions = agent.on_message({{.session = 5}, Welcome{.version = 3, .cursors = {}}}, at(1s));
    BOOST_TEST(all_of<Reopen>(actions).at(0).why ==
               "the controller chose protocol version 3, this agent speaks 1 to 2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::protocol
