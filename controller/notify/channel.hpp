// Sending messages, as an interface: libcurl in production, a script in tests. Used by one thread, but for wake().
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "controller/routing/channel_config.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::notify {

struct Answer;

// What SMTP is told besides the mail itself (RFC 5321).
struct Envelope {
    std::string from{};  // addresses without names and brackets
    std::vector<std::string> to{};
    std::string hello{};
    std::string user{};  // "": no authentication
    std::string password{};
    std::string identity{};            // whom the user acts for; "": himself
    bool is_starttls_required = true;  // false: as smtp:// is, without encryption
};

struct Request {
    std::string url;                   // http, https; of mail smtp, or smtps where TLS comes first
    std::vector<std::string> headers;  // "Name: value"
    std::string body;                  // application/json; of mail all of it, its headers too
    milliseconds timeout{10'000};
    std::string ca_file;
    std::string method = "POST";
    routing::Transport transport{};
    std::optional<Envelope> mail{};
    // Looks into the body of an HTTP answer for what the status does not say; nullptr: nothing looks.
    void (*look_into)(std::string_view body, Answer& answer) = nullptr;
    std::string refused{};  // why it cannot be sent at all; "": it can
};

// How an exchange ended.
struct Answer {
    uint64_t number = 0;  // what start() was given
    int status = 0;       // HTTP's or SMTP's; 0: no answer
    std::optional<milliseconds> retry_after;
    std::string problem;      // when there is no answer, or it is a refusal: why, without the URL
    bool is_mail = false;     // the status is SMTP's
    bool is_refusal = false;  // whatever the status: this message will not be taken
    // Of a mail that some of its recipients got: the addresses that need not be asked again, since they have it or are
    // refused for good; and in words who was refused for good, "" for nobody. The status tells of the others.
    std::vector<std::string> done_with{};
    std::string left_out{};
    // Of a mail that no recipient took: in words who was refused for good, "" for nobody.
    std::string refused{};
};

// What an answer means for the message.
enum class Meaning { delivered, retry, given_up };
Meaning meaning_of(const Answer& answer);
std::string problem_of(const Answer& answer);  // without secrets
// Who of a mail's recipients was refused for good, while others are not: "" for nobody.
std::string left_out_of(const Answer& answer);
// Of the last answer for a mail that some of its recipients have: who of the others never gets it, and why.
std::string never_taken(const Answer& answer);

class Channel {
  public:
    virtual ~Channel() = default;
    // Begins one exchange. Its answer comes from a later wait(), exactly once, also when it could not even begin.
    virtual void start(uint64_t number, const Request& request) = 0;
    // Waits until an exchange ends, wake() is called or the time is over.
    virtual std::vector<Answer> wait(milliseconds limit) = 0;
    // Any thread: ends the wait() under way, or the next one.
    virtual void wake() = 0;
};

}  // namespace vigie::controller::notify
