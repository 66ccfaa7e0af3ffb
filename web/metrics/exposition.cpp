#include "web/metrics/exposition.h"

#include <array>
#include <charconv>

namespace glitch_protocol::web {
namespace {

std::string_view nameOf(Exposition::Type type) {
  switch (type) {
    case Exposition::Type::counter:
      return "counter";
    case Exposition::Type::gauge:
      return "gauge";
    case Exposition::Type::histogram:
      break;
  }
  return "histogram";
}

/// The shortest text without an exponent that reads back as the same number.
std::string numberText(double value) {
  std::array<char, 400> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

void appendEscaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
}

}  // namespace

void Exposition::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help);
  text_.append("\n# TYPE ").append(name).append(" ").append(nameOf(type)).append("\n");
}

void Exposition::sample(double value, const MetricLabels& labels) {
  line("", labels, value);
}

void Exposition::histogram(const Histograms::Reading& reading, const std::vector<std::uint64_t>& bounds,
                           double unitsEach, const MetricLabels& labels) {
  MetricLabels withBound = labels;
  withBound.emplace_back("le", "+Inf");
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const std::string bound = numberText(static_cast<double>(bounds[i]) / unitsEach);
    withBound.back().second = bound;
    line("_bucket", withBound, static_cast<double>(reading.upTo[i]));
  }
  withBound.back().second = "+Inf";
  line("_bucket", withBound, static_cast<double>(reading.count));
  line("_sum", labels, static_cast<double>(reading.sum) / unitsEach);
  line("_count", labels, static_cast<double>(reading.count));
}

void Exposition::line(std::string_view suffix, const MetricLabels& labels, double value) {
  text_.append(name_).append(suffix);
  for (const auto& label : labels) {
    text_.append(&label == &labels.front() ? "{" : ",").append(label.first).append("=\"");
    appendEscaped(text_, label.second);
    text_ += '"';
  }
  if (!labels.empty()) text_ += '}';
  text_.append(" ").append(numberText(value)).append("\n");
}

}  // namespace glitch_protocol::web
