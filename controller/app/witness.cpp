// Requests and enrolments to entries of the audit log.
#include "controller/app/witness.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "controller/audit/chain.hpp"
#include "shared/core/ids.hpp"
#include "shared/crypto/sodium_hash.hpp"

namespace vigie::controller {
namespace {

// Texts of persons' commands are shorter; of longer ones the beginning tells what it was, the hash whether it was that.
constexpr size_t shown_of_long = 200;
// One argument that is an object or an array, such as a job's parameters.
constexpr size_t argument_bytes_max = 1'024;
// All of them. What a verb takes is less than this many; a refused request may hold anything.
constexpr size_t arguments_bytes_max = 4'096;
// A line of the table of `audit list`; the runs of a job on a whole fleet are found under its name.
constexpr size_t made_ids_shown_max = 20;
constexpr int refusals_a_minute_max = 30;
// Users times verbs times outcomes: a few hundred. Beyond it all counts begin anew, which lets some more through.
constexpr size_t throttled_kinds_max = 4'096;
constexpr std::string_view left_out = "(not recorded)";

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_capital(char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}

// As a word by itself: "ssh_key" and "sshKey" hold "key"; "monkey" and "keyboard" do not.
bool has_word(std::string_view name, std::string_view lowered, std::string_view word) {
    for (auto at = lowered.find(word); at != std::string_view::npos; at = lowered.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool is_begun =
            at == 0 || !is_letter(name[at - 1]) || (is_capital(name[at]) && !is_capital(name[at - 1]));
        if (is_begun && (end == name.size() || !is_letter(name[end]) || is_capital(name[end]))) {
            return true;
        }
    }
    return false;
}

// No verb of ours takes a secret as an argument. A job's parameter may hold one all the same.
bool is_secret_name(std::string_view name) {
    std::string lowered(name);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](unsigned char c) { return std::tolower(c); });
    constexpr std::array parts{"pass", "pwd", "secret", "token", "credential", "private", "apikey", "auth"};
    constexpr std::array words{"key", "keys", "pin"};  // short, and parts of many harmless names
    return std::any_of(parts.begin(), parts.end(),
                       [&](const char* part) { return lowered.find(part) != std::string::npos; }) ||
           std::any_of(words.begin(), words.end(), [&](const char* word) { return has_word(name, lowered, word); });
}

// `value` stands under a name that tells of a secret, or in something that does. Depth: decode_request's.
Json without_secrets(const Json& value) {
    if (value.is_array()) {
        auto kept = Json::array();
        for (const auto& inner : value) {
            kept.push_back(without_secrets(inner));
        }
        return kept;
    }
    if (!value.is_object()) {
        return value;
    }
    auto kept = Json::object();
    for (const auto& [name, inner] : value.items()) {
        const bool is_said = !inner.empty() && inner != "";  // null and {} are empty
        kept[name] = is_said && is_secret_name(name) ? Json(left_out) : without_secrets(inner);
    }
    return kept;
}

std::string to_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string shortened(std::string_view text) {
    return fmt::format("{}... ({} bytes, BLAKE2b {})", text.substr(0, shown_of_long), text.size(), blake2b_hex(text));
}

// Each long text in it by its beginning, so that none hides another.
void shorten_texts(Json& value) {
    if (value.is_string() && value.get_ref<const std::string&>().size() > 2 * shown_of_long) {
        value = shortened(value.get_ref<const std::string&>());
    } else if (value.is_structured()) {
        for (auto& inner : value) {
            shorten_texts(inner);
        }
    }
}

std::string text_of(Json arguments) {
    shorten_texts(arguments);
    for (auto& argument : arguments) {
        if (const auto text = to_text(argument); text.size() > argument_bytes_max) {
            argument = shortened(text);
        }
    }
    const auto text = to_text(arguments);
    return text.size() <= arguments_bytes_max ? text : to_text(Json{{"left_out", shortened(text)}});
}

// The ids of what an answer says was made: of a token, of runs.
std::string made_by(const Json& answer) {
    if (!answer.is_object()) {
        return "";
    }
    if (const auto id = answer.find("id"); id != answer.end() && id->is_string()) {
        return id->get<std::string>();
    }
    std::string ids;
    const auto runs = answer.find("runs");
    for (size_t i = 0; runs != answer.end() && runs->is_array() && i < runs->size(); ++i) {
        if (i == made_ids_shown_max) {
            return fmt::format("{} and {} more", ids, runs->size() - i);
        }
        ids += (ids.empty() ? "" : " ") + (*runs)[i].value("id", "");
    }
    return ids;
}

}  // namespace

AuditEntry audit_entry(const Request& request, WallTime at) {
    return {.at = at,
            .user = request.caller.name,
            .key = request.caller.key,
            .role = std::string(name_of(request.caller.role)),
            .from = request.caller.from,
            .verb = request.verb,
            .arguments = text_of(without_secrets(request.arguments)),
            .outcome = AuditOutcome::ok,
            .detail = {}};
}

// The code and not the sentence, which may quote what was given.
void set_outcome(AuditEntry& entry, const Result<Json>& answer) {
    if (answer) {
        entry.outcome = AuditOutcome::ok;
        entry.detail = made_by(*answer);
        return;
    }
    entry.outcome = answer.error().code == ErrorCode::denied ? AuditOutcome::refused : AuditOutcome::failed;
    entry.detail = name_of(answer.error().code);
}

AuditEntry enrolment_entry(const EnrolmentRequest& wish, const std::string& address, const protocol::Enrolled& answer,
                           WallTime at) {
    // The host is what a stranger wrote; of his token stands the id that `enrol token` tells. The key is the one that
    // the connection proved to hold, not the one that he claims.
    const Json arguments{{"host", wish.enrol.host.substr(0, agent_name_bytes_max)},
                         {"token_id", blake2b_hex(wish.enrol.token).substr(0, 12)}};
    return {.at = at,
            .user = "host",
            .key = wish.connection_key,
            .role = {},
            .from = address,
            .verb = "link.enrol",
            .arguments = text_of(arguments),
            .outcome = answer.is_accepted ? AuditOutcome::ok : AuditOutcome::refused,
            .detail = answer.is_accepted ? answer.agent_id : answer.message};
}

std::optional<std::string> RefusalThrottle::admit(const std::string& kind, MonoTime now) {
    if (by_kind_.size() >= throttled_kinds_max && !by_kind_.contains(kind)) {
        by_kind_.clear();
    }
    auto& throttle =
        by_kind_.try_emplace(kind, log::Throttle{.lines_max = refusals_a_minute_max, .period = 60s}).first->second;
    const auto more = throttle.admit(now);
    return more ? std::optional(log::and_more(*more)) : std::nullopt;
}

void Witness::note(const Request& request, const Result<Json>& answer, std::function<void(Result<void>)> then) {
    auto entry = audit_entry(request, clock_.wall());
    set_outcome(entry, answer);
    if (entry.outcome != AuditOutcome::ok) {
        const auto more =
            refusals_.admit(fmt::format("{}\n{}\n{}", entry.user, entry.verb, entry.detail), clock_.mono());
        if (!more) {
            return then({});
        }
        entry.detail += *more;
    }
    write(std::move(entry), std::move(then));
}

void Witness::note_own(const std::string& verb, const Json& arguments) {
    write({.at = clock_.wall(),
           .user = "controller",
           .key = {},
           .role = {},
           .from = {},
           .verb = verb,
           .arguments = to_text(arguments),
           .outcome = AuditOutcome::ok,
           .detail = {}},
          [verb](const Result<void>& noted) {
              if (!noted) {
                  log::error("audit log: {} could not be recorded: {}", verb, noted.error().message);
              }
          });
}

void Witness::write(AuditEntry entry, std::function<void(Result<void>)> then) {
    const auto added = std::make_shared<Result<void>>();
    commits_.submit([added, &store = store_,
                     entry = std::move(entry)](StoreBatch& batch) { *added = append_audit(store, entry, batch); },
                    [added, post = post_, then = std::move(then)](const Result<void>& stored) {
                        post([then, noted = *added ? stored : *added] { then(noted); });
                    });
}

Result<void> EnrolmentWitness::note(const EnrolmentRequest& wish, const std::string& address,
                                    const protocol::Enrolled& answer, StoreBatch& batch) {
    auto entry = enrolment_entry(wish, address, answer, clock_.wall());
    if (!answer.is_accepted) {
        const auto more = refusals_.admit("", clock_.mono());
        if (!more) {
            return {};
        }
        entry.detail += *more;
    }
    return append_audit(store_, entry, batch);
}

}  // namespace vigie::controller
