// Series keys and values of one collection. The schema text is compared with the one before as it is "written", and
// made anew only from the first difference on.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::agent {

struct SeriesLabel {
    std::string_view name;
    std::string_view value;  // any bytes; made UTF-8 and escaped as Prometheus's text format has it
};

// A name in up to three parts, so that "node_memory_" + field + "_bytes" needs no string.
struct SeriesName {
    std::string_view first;
    std::string_view second = {};
    std::string_view third = {};
    SeriesName(const char* whole) : first(whole) {}       // NOLINT: a plain name is a name
    SeriesName(std::string_view whole) : first(whole) {}  // NOLINT: so is a view of one
    SeriesName(std::string_view one, std::string_view two, std::string_view three = {})
        : first(one), second(two), third(three) {}
};

class SeriesWriter {
  public:
    void begin();
    // Labels must come sorted by name. The order of calls is the order of the schema.
    void add(const SeriesName& name, std::span<const SeriesLabel> labels, double value);
    void add(const SeriesName& name, std::initializer_list<SeriesLabel> labels, double value) {
        add(name, std::span<const SeriesLabel>(labels.begin(), labels.size()), value);
    }
    void add(const SeriesName& name, double value) { add(name, {}, value); }
    // A key that stands written as in the schema: name{label="value"} with sorted, escaped labels.
    void add_key(std::string_view key, double value);
    // Whether what was added since begin() differs from the last time; and its keys, each with a \n.
    bool has_changed() const { return has_changed_; }
    std::string_view written() const { return std::string_view(schema_).substr(0, written_); }
    // A place to go back to: what was added since then is taken back.
    struct Mark {
        size_t written = 0;
        size_t values = 0;
    };
    Mark mark() const { return {written_, values_.size()}; }
    void rewind(const Mark& mark);
    // Ends the collection; true when the schema is another than the last time.
    bool finish();

    const std::string& schema() const { return schema_; }
    const std::vector<double>& values() const { return values_; }

  private:
    void put(std::string_view bytes);
    void put(char c);
    void put_value(std::string_view value);
    void put_escaped(std::string_view value);

    std::string schema_;
    std::vector<double> values_;
    size_t written_ = 0;  // schema_ up to here belongs to this collection
    bool has_changed_ = false;
};

}  // namespace vigie::agent
