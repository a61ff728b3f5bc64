// Whether a text came from a program that answers by itself: a bounce, an absence note. Such a mail makes no ticket and
// gets no answer, or two programs would write to each other for ever. Pure.
#pragma once
#include <map>
#include <optional>
#include <string>

namespace vigie::controller::tickets {

// The headers of a mail, names in any case. Why it is automatic, for people: Auto-Submitted other than "no" (RFC 3834),
// an empty Return-Path (RFC 5321, section 4.5.5), Precedence bulk or junk, X-Auto-Response-Suppress, or a report (RFC
// 6522). nullopt: somebody wrote it; a mailing list passes on what people write.
std::optional<std::string> why_automatic(const std::map<std::string, std::string>& headers);

}  // namespace vigie::controller::tickets
