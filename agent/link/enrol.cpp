// One connection after another until an answer comes or the time is over.
#include "agent/link/enrol.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/link/host_keys.hpp"
#include "protocol/codec/codec.hpp"
#include "protocol/transport/agent_socket.hpp"
#include "shared/config/node.hpp"
#include "shared/loop/resolve.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent {
namespace {
constexpr Bytes token_file_bytes_max = 4_KiB;
constexpr Bytes identity_file_bytes_max = 64_KiB;
constexpr milliseconds pause_between_attempts = 500ms;
constexpr milliseconds poll_at_most = 100ms;  // ZeroMQ's descriptors tell of changes, not of states: look again

Secret trimmed(std::string&& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    const auto last = text.find_last_not_of(" \t\r\n");
    Secret token(first == std::string::npos ? std::string{} : text.substr(first, last - first + 1));
    wipe(text);
    return token;
}

Result<std::string> read_standard_input() {
    std::string text;
    std::array<char, 512> buffer{};
    for (;;) {
        const auto got = read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got < 0 && errno != EINTR) {
            return fail(errno_error(errno, "read the token from standard input"));
        }
        if (got == 0) {
            return text;
        }
        text.append(buffer.data(), got > 0 ? static_cast<size_t>(got) : 0);
        if (text.size() > token_file_bytes_max.count) {
            return fail(ErrorCode::too_large, "standard input: more than {} is no token",
                        format_bytes(token_file_bytes_max));
        }
    }
}

Result<void> check(const EnrolOptions& options) {
    VIGIE_CHECK(parse_endpoint(options.endpoint));
    if (!protocol::is_key_text(options.controller_key)) {
        return fail(ErrorCode::malformed, "controller key: expected {} characters of Z85", protocol::key_text_size);
    }
    if (!is_agent_name(options.host)) {
        return options.host.size() > agent_name_bytes_max
                   ? fail(ErrorCode::too_large, "host name \"{}…\": {} characters; at most {} are allowed",
                          options.host.substr(0, 32), options.host.size(), agent_name_bytes_max)
                   : fail(ErrorCode::malformed, "host name \"{}\": only letters, digits, '.', '_' and '-'",
                          options.host);
    }
    if (options.token.is_empty()) {
        return fail(ErrorCode::malformed, "the token is empty");
    }
    return {};
}

// The pair is saved before it is used, so that a lost answer does not cost the token.
Result<protocol::KeyPair> own_key_pair(Files& files, const std::string& folder) {
    if (files.is_present(host_key_path(folder))) {
        return protocol::load_key_pair(host_key_path(folder));
    }
    auto pair = protocol::make_key_pair();
    VIGIE_CHECK(protocol::save_key_pair(files, host_key_path(folder), pair));
    return pair;
}

void wait_for(const protocol::AgentSocket& socket, milliseconds at_most) {
    std::array<pollfd, 2> descriptors{{{socket.fd(), POLLIN, 0}, {socket.event_fd(), POLLIN, 0}}};
    if (!socket.has_more() && !socket.has_event()) {
        poll(descriptors.data(), descriptors.size(), static_cast<int>(std::min(at_most, poll_at_most).count()));
    }
}

class Asking {
  public:
    Asking(const EnrolOptions& options, const protocol::KeyPair& keys, const Clock& clock)
        : options_(options), keys_(keys), clock_(clock), deadline_(clock.mono() + options.timeout) {}

    Result<protocol::Enrolled> run() {
        VIGIE_TRY(const auto context, protocol::Context::open(1));
        Error last{ErrorCode::timed_out, "something listens there, but it did not answer"};
        int attempts = 0;
        while (clock_.mono() < deadline_) {
            ++attempts;
            auto answer = attempt(context);
            if (answer) {
                return answer;
            }
            if (answer.error().code == ErrorCode::timed_out) {
                break;  // what failed before says more
            }
            if (answer.error().code != ErrorCode::unavailable) {
                return answer;
            }
            last = answer.error();
            pause(pause_between_attempts);
        }
        return fail(ErrorCode::timed_out,
                    "enrolment at {}: {} (tried {} times in {}). Is the controller up, is this its enrolment port "
                    "(7412 unless configured otherwise; 7411 is the main port), and is its key the one given?",
                    options_.endpoint, last.message, attempts, format_duration(options_.timeout));
    }

  private:
    Result<protocol::Enrolled> attempt(const protocol::Context& context) {
        const auto address = resolve_now(options_.endpoint);
        if (!address) {
            return fail(ErrorCode::unavailable, "{}", address.error().message);
        }
        VIGIE_TRY(
            const auto socket,
            protocol::AgentSocket::open(context, {.endpoint = *address, .server_key = options_.controller_key}, keys_));
        bool is_asked = false;
        while (clock_.mono() < deadline_) {
            while (const auto event = socket->next_event()) {
                if (event->kind == protocol::SocketEvent::Kind::refused) {
                    // Only the main port refuses keys that it does not know.
                    return fail(
                        ErrorCode::denied,
                        "enrolment at {}: a controller answers there, but not on its enrolment port: it lets in "
                        "only hosts that are enrolled. Name the enrolment port (7412 unless configured "
                        "otherwise), as `vigie status` shows it",
                        options_.endpoint);
                }
                if (event->kind != protocol::SocketEvent::Kind::connected) {
                    return fail(ErrorCode::unavailable, "no connection could be made");
                }
            }
            is_asked = is_asked || ask(*socket);
            while (const auto frames = socket->receive()) {
                if (auto answer = answer_in(*frames)) {
                    return std::move(*answer);
                }
            }
            wait_for(*socket, std::chrono::duration_cast<milliseconds>(deadline_ - clock_.mono()));
        }
        return fail(ErrorCode::timed_out, "no answer");
    }

    bool ask(protocol::AgentSocket& socket) const {
        protocol::Message message;
        message.header.version = protocol::version_of_enrolment;
        message.body =
            protocol::Enrol{.token = options_.token.reveal(), .host = options_.host, .public_key = keys_.public_key};
        const auto frames = protocol::encode_frames(message);
        return socket.send(frames.header, frames.body);
    }

    static std::optional<protocol::Enrolled> answer_in(const protocol::FramePair& frames) {
        const auto message = protocol::decode_frames(frames.header, frames.body);
        if (!message || !std::holds_alternative<protocol::Enrolled>(message->body)) {
            return std::nullopt;
        }
        return std::get<protocol::Enrolled>(message->body);
    }

    void pause(milliseconds time) const {
        const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - clock_.mono());
        poll(nullptr, 0, static_cast<int>(std::clamp<int64_t>(left.count(), 0, time.count())));
    }

    const EnrolOptions& options_;
    const protocol::KeyPair& keys_;
    const Clock& clock_;
    const MonoTime deadline_;
};

// "tcp://0.0.0.0:7411" and "" become the host that was asked: the controller may not know its own name.
std::string reachable(const std::string& answered, const std::string& asked) {
    const auto told = parse_endpoint(answered);
    const auto used = parse_endpoint(asked);
    const bool is_any = told && (told->host == "0.0.0.0" || told->host == "*" || told->host == "::");
    if (!told || !used || !is_any) {
        return answered;
    }
    const bool is_v6 = used->host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("tcp://[{}]:{}", used->host, told->port)
                 : fmt::format("tcp://{}:{}", used->host, told->port);
}

// A program writes this file, so that a field which is not known is a later version's and no mistyped one.
Result<std::string> field_of(const config::Node& document, const std::string& path, std::string_view name) {
    const auto* const node = document.find(name);
    if (node == nullptr || node->kind != config::Node::Kind::scalar || node->scalar.empty()) {
        return fail(ErrorCode::malformed, "{}: '{}' is missing", path, name);
    }
    return node->scalar;
}
}  // namespace

Result<void> save_identity(Files& files, const std::string& folder, const Identity& identity) {
    // Z85 has neither a single quote nor a backslash, and names and endpoints have no quotes.
    const auto text = fmt::format("agent: '{}'\nendpoint: '{}'\ncontroller_key: '{}'\n", identity.agent.value,
                                  identity.endpoint, identity.controller_key);
    return files.write_atomically(identity_path(folder), text, 0600);
}

std::string identity_path(const std::string& folder) {
    return join_path(folder, "identity.yaml");
}

Result<Identity> read_identity(Files& files, const std::string& folder) {
    const auto path = identity_path(folder);
    if (!files.is_present(path)) {
        return fail(ErrorCode::not_found, "{}: this host is not enrolled; run vigie-agent enrol", path);
    }
    VIGIE_TRY(const auto text, files.read(path, identity_file_bytes_max));
    return parse_identity(text, path);
}

Result<Identity> parse_identity(std::string_view text, const std::string& path) {
    VIGIE_TRY(const auto document, config::parse_yaml(text, path));
    Identity identity;
    VIGIE_TRY(identity.agent.value, field_of(document, path, "agent"));
    VIGIE_TRY(identity.endpoint, field_of(document, path, "endpoint"));
    VIGIE_TRY(identity.controller_key, field_of(document, path, "controller_key"));
    if (!is_agent_name(identity.agent.value) || !protocol::is_key_text(identity.controller_key)) {
        return fail(ErrorCode::corrupt, "{}: agent or controller_key is not usable", path);
    }
    return identity;
}

Result<Identity> load_identity(Files& files, const std::string& folder) {
    VIGIE_TRY(auto identity, read_identity(files, folder));
    VIGIE_TRY(identity.keys, protocol::load_key_pair(host_key_path(folder)));
    return identity;
}

Result<Secret> read_token(const std::string& path) {
    auto text = path == "-" ? read_standard_input() : read_secret_file(path, token_file_bytes_max);
    if (!text) {
        return fail(text.error());
    }
    auto token = trimmed(std::move(*text));
    if (token.is_empty()) {
        return fail(ErrorCode::malformed, "{}: holds no token", path == "-" ? "standard input" : path);
    }
    return token;
}

Result<Identity> enrol(const EnrolOptions& options, Files& files, const Clock& clock) {
    VIGIE_CHECK(check(options));
    if (files.is_present(identity_path(options.folder))) {
        return fail(ErrorCode::exists, "{}: this host is enrolled already; remove the file to enrol it anew",
                    identity_path(options.folder));
    }
    VIGIE_CHECK(files.make_directories(options.folder, 0700));
    VIGIE_TRY(auto keys, own_key_pair(files, options.folder));
    VIGIE_TRY(const auto answer, Asking(options, keys, clock).run());
    if (!answer.is_accepted) {
        return fail(ErrorCode::denied, "enrolment at {}: {}", options.endpoint, answer.message);
    }
    Identity identity{.agent = AgentId{answer.agent_id},
                      .endpoint = reachable(answer.endpoint, options.endpoint),
                      .controller_key = options.controller_key,
                      .keys = std::move(keys)};
    if (!is_agent_name(identity.agent.value) || !parse_endpoint(identity.endpoint)) {
        return fail(ErrorCode::malformed, "enrolment at {}: the answer names agent \"{}\" at \"{}\"", options.endpoint,
                    answer.agent_id, answer.endpoint);
    }
    // What an identity before this one left of its changes of keys is not this one's.
    for (const auto* const left : {"agent.key.old", "agent.key.next", "controller.next"}) {
        if (const auto path = join_path(options.folder, left); files.is_present(path)) {
            VIGIE_CHECK(files.remove(path));
        }
    }
    VIGIE_CHECK(save_identity(files, options.folder, identity));
    return identity;
}

}  // namespace vigie::agent
