// Enrolment against a port that a second thread answers.
#include "agent/link/enrol.hpp"

#include <sys/stat.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "agent/link/enrolled_name.hpp"
#include "protocol/codec/codec.hpp"
#include "protocol/transport/router_socket.hpp"
#include "protocol/transport/zap.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {
using Answer = std::function<std::optional<protocol::Enrolled>(const protocol::Enrol&, const std::string& user_id)>;

class EnrolmentOffice {
  public:
    explicit EnrolmentOffice(Answer answer, std::string_view domain = protocol::enrolment_domain)
        : answer_(std::move(answer)) {
        socket_ = protocol::RouterSocket::open(
                      context_, {.endpoint = "tcp://127.0.0.1:0", .zap_domain = std::string(domain)}, keys)
                      .value();
        endpoint = socket_->endpoint();
        thread_ = std::thread([this] { run(); });
    }
    ~EnrolmentOffice() {
        is_closing_ = true;
        thread_.join();
    }

    protocol::KeyPair keys = protocol::make_key_pair();
    std::string endpoint;

  private:
    void run() {
        const std::array<protocol::RouterSocket*, 1> sockets{socket_.get()};
        while (!is_closing_) {
            protocol::RouterSocket::wait(sockets, -1, 10ms);
            while (const auto received = socket_->receive()) {
                const auto message = protocol::decode_frames(received->frames.header, received->frames.body).value();
                if (const auto told = answer_(std::get<protocol::Enrol>(message.body), received->user_id)) {
                    protocol::Message reply;
                    reply.body = *told;
                    const auto frames = protocol::encode_frames(reply);
                    socket_->send(received->routing_id, frames.header, frames.body);
                }
            }
        }
    }

    protocol::Context context_ = protocol::Context::open(1).value();
    protocol::KeyTable table_;
    SystemClock clock_;
    std::unique_ptr<protocol::ZapThread> zap_ = protocol::ZapThread::open(context_, table_, clock_).value();
    std::unique_ptr<protocol::RouterSocket> socket_;
    Answer answer_;
    std::atomic<bool> is_closing_{false};
    std::thread thread_;
};

protocol::Enrolled yes(const std::string& host, const std::string& endpoint = "tcp://10.0.0.5:7411") {
    protocol::Enrolled answer;
    answer.is_accepted = true;
    answer.agent_id = host;
    answer.endpoint = endpoint;
    return answer;
}

struct Host {
    tests::TempFolder folder;
    SystemFiles files;
    SystemClock clock;

    EnrolOptions options(const EnrolmentOffice& office) const {
        return {.endpoint = office.endpoint,
                .controller_key = office.keys.public_key,
                .host = "web-1",
                .token = Secret(std::string("vigie_token")),
                .folder = folder / "identity",
                .timeout = 10s};
    }
    static unsigned mode_of(const std::string& path) {
        struct stat entry {};
        BOOST_REQUIRE(stat(path.c_str(), &entry) == 0);
        return entry.st_mode & 07777;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(enrolling, Host)

BOOST_AUTO_TEST_CASE(an_accepted_host_saves_an_identity_that_only_it_can_read) {
    const EnrolmentOffice office([](const protocol::Enrol& asked, const std::string& user_id) {
        const bool is_proper = asked.token == "vigie_token" && asked.public_key == user_id;
        return is_proper ? yes(asked.host) : protocol::Enrolled{};
    });
    const auto made = enrol(options(office), files, clock);
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(mode_of(folder / "identity") == 0700u);
    BOOST_TEST(mode_of(folder / "identity/agent.key") == 0600u);
    const auto loaded = load_identity(files, folder / "identity");
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->agent.value == "web-1");
    BOOST_TEST(loaded->endpoint == "tcp://10.0.0.5:7411");
    BOOST_TEST(loaded->controller_key == office.keys.public_key);
    BOOST_TEST(loaded->keys.public_key == made->keys.public_key);
    const auto again = enrol(options(office), files, clock);
    BOOST_REQUIRE(!again.has_value());
    BOOST_TEST((again.error().code == ErrorCode::exists));
}

BOOST_AUTO_TEST_CASE(a_controller_without_a_name_is_reached_where_it_answered) {
    const EnrolmentOffice office(
        [](const protocol::Enrol& asked, const std::string&) { return yes(asked.host, "tcp://0.0.0.0:7411"); });
    const auto made = enrol(options(office), files, clock);
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(made->endpoint == "tcp://127.0.0.1:7411");
}

BOOST_AUTO_TEST_CASE(a_refusal_gives_its_reason_and_saves_no_identity) {
    const EnrolmentOffice office([](const protocol::Enrol&, const std::string&) {
        protocol::Enrolled no;
        no.message = "the token was used already";
        return no;
    });
    const auto made = enrol(options(office), files, clock);
    BOOST_REQUIRE(!made.has_value());
    BOOST_TEST((made.error().code == ErrorCode::denied));
    BOOST_TEST(made.error().message.find("the token was used already") != std::string::npos);
    BOOST_TEST((load_identity(files, folder / "identity").error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(after_a_lost_answer_the_same_key_asks_again) {
    std::vector<std::string> keys_seen;
    std::atomic<bool> is_silent{true};
    const EnrolmentOffice office(
        [&](const protocol::Enrol& asked, const std::string&) -> std::optional<protocol::Enrolled> {
            keys_seen.push_back(asked.public_key);
            return is_silent ? std::nullopt : std::optional(yes(asked.host));
        });
    auto impatient = options(office);
    impatient.timeout = 500ms;
    const auto lost = enrol(impatient, files, clock);
    BOOST_REQUIRE(!lost.has_value());
    BOOST_TEST((lost.error().code == ErrorCode::timed_out));
    is_silent = false;
    BOOST_REQUIRE(enrol(options(office), files, clock).has_value());
    BOOST_REQUIRE(keys_seen.size() >= 2u);
    BOOST_TEST(keys_seen.front() == keys_seen.back());
}

BOOST_AUTO_TEST_CASE(a_controller_of_another_key_never_sees_the_token) {
    std::atomic<int> asked{0};
    const EnrolmentOffice office([&](const protocol::Enrol& request, const std::string&) {
        ++asked;
        return yes(request.host);
    });
    auto mistaken = options(office);
    mistaken.controller_key = protocol::make_key_pair().public_key;
    mistaken.timeout = 700ms;
    const auto made = enrol(mistaken, files, clock);
    BOOST_REQUIRE(!made.has_value());
    BOOST_TEST((made.error().code == ErrorCode::timed_out));
    BOOST_TEST(made.error().message.find("its key the one given") != std::string::npos, made.error().message);
    BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(the_main_port_is_told_from_the_enrolment_port_at_once) {
    const EnrolmentOffice main_port([](const protocol::Enrol& asked, const std::string&) { return yes(asked.host); },
                                    protocol::agents_domain);
    auto patient = options(main_port);
    patient.timeout = 60s;
    const auto made = enrol(patient, files, clock);
    BOOST_REQUIRE(!made.has_value());
    BOOST_TEST((made.error().code == ErrorCode::denied));
    BOOST_TEST(made.error().message.find("not on its enrolment port") != std::string::npos, made.error().message);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_too_long_is_told_by_its_length) {
    const EnrolmentOffice office([](const protocol::Enrol& asked, const std::string&) { return yes(asked.host); });
    auto bad = options(office);
    bad.host = std::string(254, 'a');
    const auto made = enrol(bad, files, clock);
    BOOST_REQUIRE(!made.has_value());
    BOOST_TEST((made.error().code == ErrorCode::too_large));
    BOOST_TEST(made.error().message.find("254 characters; at most 253") != std::string::npos, made.error().message);
}

BOOST_AUTO_TEST_CASE(the_enrolled_name_is_read_without_the_key) {
    BOOST_TEST((enrolled_name(files, folder / "identity").error().code == ErrorCode::not_found));
    const EnrolmentOffice office([](const protocol::Enrol& asked, const std::string&) { return yes(asked.host); });
    BOOST_REQUIRE(enrol(options(office), files, clock).has_value());
    BOOST_REQUIRE(files.remove(folder / "identity/agent.key").has_value());
    BOOST_TEST(enrolled_name(files, folder / "identity").value() == "web-1");
    const auto path = folder / "identity/identity.yaml";
    BOOST_REQUIRE(files.write_atomically(path, "agent: 'a b'\n", 0600).has_value());
    BOOST_TEST(enrolled_name(files, folder / "identity").error().message.find(path) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(options_that_cannot_work_are_refused_before_anything_is_made) {
    const EnrolmentOffice office([](const protocol::Enrol& asked, const std::string&) { return yes(asked.host); });
    auto bad = options(office);
    bad.host = "web 1";
    BOOST_TEST((enrol(bad, files, clock).error().code == ErrorCode::malformed));
    bad = options(office);
    bad.controller_key = "short";
    BOOST_TEST((enrol(bad, files, clock).error().code == ErrorCode::malformed));
    bad = options(office);
    bad.token = Secret();
    BOOST_TEST((enrol(bad, files, clock).error().code == ErrorCode::malformed));
    bad = options(office);
    bad.endpoint = "vigie.example";
    BOOST_TEST((enrol(bad, files, clock).error().code == ErrorCode::malformed));
    BOOST_TEST(!files.is_present(folder / "identity"));
}

BOOST_AUTO_TEST_CASE(a_token_file_must_be_private_and_is_trimmed) {
    const auto path = folder / "token";
    BOOST_REQUIRE(files.write_atomically(path, "  vigie_abc\n", 0600).has_value());
    BOOST_TEST(read_token(path)->reveal() == "vigie_abc");
    BOOST_REQUIRE(chmod(path.c_str(), 0644) == 0);
    BOOST_TEST((read_token(path).error().code == ErrorCode::denied));
    BOOST_REQUIRE(files.write_atomically(path, " \n", 0600).has_value());
    BOOST_TEST((read_token(path).error().code == ErrorCode::malformed));
    BOOST_TEST((read_token(folder / "absent").error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(damaged_identities_are_errors_that_name_the_file) {
    BOOST_REQUIRE(files.make_directories(folder / "identity", 0700).has_value());
    const auto path = folder / "identity/identity.yaml";
    for (const std::string& text : {std::string("agent: web-1\n"), std::string("agent: [\n"),
                                    std::string("agent: 'a b'\nendpoint: 'tcp://h:1'\ncontroller_key: 'x'\n")}) {
        BOOST_REQUIRE(files.write_atomically(path, text, 0600).has_value());
        const auto loaded = load_identity(files, folder / "identity");
        BOOST_REQUIRE(!loaded.has_value());
        BOOST_TEST(loaded.error().message.find(path) != std::string::npos, loaded.error().message);
    }
}

BOOST_AUTO_TEST_SUITE_END()
