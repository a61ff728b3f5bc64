// Line by line, each form by how its lines begin.
#include "agent/errors/stack_trace.hpp"

#include <charconv>

#include "agent/errors/line_heads.hpp"
#include "agent/errors/line_scan.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {
namespace {

constexpr std::string_view traceback_start = "Traceback (most recent call last):";
constexpr std::string_view caused_by = "Caused by: ";
constexpr std::string_view in_thread = "Exception in thread \"";

uint32_t number_of(std::string_view text) {
    uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

CodePlace place_of(std::string_view file, std::string_view line, std::string_view function) {
    return CodePlace{.file = std::string(cut_to(file, field_bytes_max)),
                     .line = number_of(line),
                     .function = std::string(cut_to(function, field_bytes_max))};
}

// `  File "/srv/app/x.py", line 12, in load`
bool read_python_frame(std::string_view line, CodePlace& into) {
    LineScan scan(without_blanks(line));
    std::string_view file;
    std::string_view number;
    if (!scan.take("File \"") || !scan.take_until("\", line ", file)) {
        return false;
    }
    if (!scan.take_until(", in ", number)) {  // a syntax error has no function
        into = place_of(file, scan.rest(), {});
        return true;
    }
    into = place_of(file, number, scan.rest());
    return true;
}

// `at com.foo.Bar.load(Bar.java:12)`, `at load (/srv/app/x.js:12:34)`, `at /srv/app/x.js:12:34`
bool read_at_frame(std::string_view line, CodePlace& into) {
    LineScan scan(without_blanks(line));
    if (!scan.take("at ")) {
        return false;
    }
    std::string_view function;
    std::string_view where;
    if (!scan.take_until("(", function)) {
        where = scan.rest();
    } else if (!scan.take_until(")", where)) {
        return false;
    }
    auto colon = where.rfind(':');
    if (colon == std::string_view::npos) {  // "Native Method"
        return false;
    }
    // With a column behind the line there are two numbers.
    const auto before = where.substr(0, colon).rfind(':');
    if (before != std::string_view::npos && number_of(where.substr(before + 1)) > 0) {
        colon = before;
    }
    into = place_of(where.substr(0, colon), where.substr(colon + 1), without_blanks(function));
    return into.line > 0;
}

// `#0 /srv/app/x.php(12): App\Foo->load()`
bool read_php_frame(std::string_view line, CodePlace& into) {
    LineScan scan(without_blanks(line));
    std::string_view file;
    std::string_view number;
    if (!scan.take('#') || !scan.take_digits(1, 4) || !scan.take(' ') || !scan.take_until("(", file) ||
        !scan.take_until("): ", number)) {
        return false;
    }
    const auto function = scan.rest();
    into = place_of(file, number, function.substr(0, function.find('(')));
    return into.line > 0;
}

// A function and, below it behind a tab, `/srv/app/x.go:12 +0x1d`.
bool read_go_frame(std::string_view before, std::string_view line, CodePlace& into) {
    if (!line.starts_with("\t/")) {
        return false;
    }
    const auto colon = line.rfind(':');
    const auto name = without_blanks(before);
    const bool is_runtime = name.starts_with("runtime.") || name.starts_with("panic(");
    if (is_runtime || colon == std::string_view::npos) {
        return false;
    }
    into = place_of(line.substr(1, colon - 1), line.substr(colon + 1), name.substr(0, name.rfind('(')));
    return into.line > 0;
}

// "Exception in thread "main" java.lang.Foo: what" without what stands before the type.
std::string_view thrown_in(std::string_view text) {
    LineScan scan(text);
    std::string_view thread;
    if (scan.take(in_thread) && scan.take_until("\" ", thread)) {
        return scan.rest();
    }
    return text.starts_with(caused_by) ? text.substr(caused_by.size()) : text;
}

struct Found {
    CodePlace python;           // the last frame: it is the innermost
    CodePlace other;            // the first
    std::string_view thrown{};  // "Type: what"; the last one: the root cause of Java, what Python ended with
};

void look_at(std::string_view before, std::string_view line, Found& found) {
    CodePlace place;
    if (read_python_frame(line, place)) {
        found.python = std::move(place);
        return;
    }
    if (read_at_frame(line, place) || read_php_frame(line, place) || read_go_frame(before, line, place)) {
        if (found.other.file.empty()) {
            found.other = std::move(place);
        }
        return;
    }
    if (const auto text = thrown_in(line); !exception_type_of(text).empty()) {
        found.thrown = text;
    }
}

Found look_through(std::string_view stack) {
    Found found;
    std::string_view before;
    while (!stack.empty()) {
        const auto end = std::min(stack.find('\n'), stack.size());
        const auto line = stack.substr(0, end);
        look_at(before, line, found);
        before = line;
        stack.remove_prefix(std::min(end + 1, stack.size()));
    }
    return found;
}

}  // namespace

bool is_traceback_start(std::string_view text) {
    return text.starts_with(traceback_start);
}

bool is_stack_line(std::string_view text) {
    if (text.starts_with(' ') || text.starts_with('\t') || is_traceback_start(text) || text.starts_with(caused_by)) {
        return true;
    }
    LineScan scan(text);
    return text.starts_with("During handling of the above exception") || text.starts_with("The above exception was") ||
           (text.starts_with("at ") && text.ends_with(')')) ||
           (scan.take('#') && scan.take_digits(1, 4) && scan.take(' '));
}

void add_stack_details(LogRecord& record) {
    const auto found = look_through(record.stack);
    if (record.place.file.empty()) {
        record.place = found.python.file.empty() ? found.other : found.python;
    }
    const auto of_message = thrown_in(record.message);
    const bool is_in_message = !exception_type_of(of_message).empty();
    if (record.exception.empty()) {
        record.exception = exception_type_of(found.thrown.empty() && is_in_message ? of_message : found.thrown);
    }
    if (is_traceback_start(record.message) && !found.thrown.empty()) {
        record.message = cut_to(found.thrown, message_bytes_max);
    }
}

}  // namespace vigie::agent::errors
