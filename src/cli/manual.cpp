// The manual, from what --help is made of. The text at the end of a command's help has paragraphs, indented lines that
// stay as they are, and headings: a paragraph whose first line is one or two words and a colon, with indented lines
// below it. Those become sections of their own.

#include "cli/manual.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/cli/configuration.hpp"

namespace acedt::cli {
namespace {

/// Returns `text` with nothing in it that roff would read as more than text.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_first = out.empty() || out.back() == '\n';
    if (is_first && (c == '.' || c == '\'')) out += "\\&";
    if (c == '-') out += '\\';
    out += c == '\\' ? "\\e" : std::string(1, c);
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}

std::string italic(std::string_view text) {
  return "\\fI" + escaped(text) + "\\fR";
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string prose(std::string_view text) {
  return escaped(wrapped(text)) + "\n";
}

bool is_indented(std::string_view line) {
  return line.starts_with("  ");
}

using Lines = std::vector<std::string_view>;

/// Returns `lines` as paragraphs, in which indented lines stay as they are.
std::string paragraph(const Lines& lines) {
  std::string out;
  std::string words;
  bool is_literal = false;
  const auto flush = [&] { out += words.empty() ? "" : prose(std::exchange(words, {})); };
  for (const std::string_view line : lines) {
    if (is_indented(line) != is_literal) {
      flush();
      out += is_literal ? ".EE\n.RE\n" : ".RS 2\n.EX\n";
      is_literal = !is_literal;
    }
    if (is_literal) {
      out += escaped(line.substr(2)) + "\n";
    } else {
      words.append(words.empty() ? "" : " ").append(line);
    }
  }
  flush();
  return out + (is_literal ? ".EE\n.RE\n" : "");
}

bool is_heading(const Lines& lines) {
  const std::string_view first = lines.front();
  return lines.size() > 1 && first.ends_with(':') && std::ranges::count(first, ' ') < 2 && is_indented(lines[1]);
}

/// The text of a command, in parts.
struct About {
  std::string description;
  std::vector<std::pair<std::string, std::string>> sections;  // heading, text; the first last: it has the examples
};

About parse(std::string_view text) {
  About about;
  Lines lines;
  const auto end = [&] {
    if (lines.empty()) return;
    if (is_heading(lines)) {
      const std::string heading = upper(std::string(lines.front().substr(0, lines.front().size() - 1)));
      about.sections.insert(about.sections.begin(), {heading, paragraph({lines.begin() + 1, lines.end()})});
    } else {
      about.description += (about.description.empty() ? "" : ".PP\n") + paragraph(lines);
    }
    lines.clear();
  };
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) end();
    if (!line.empty()) lines.push_back(line);
  }
  end();
  return about;
}

/// Returns "\fB-o\fR, \fB--output\fR \fIFORMAT\fR", or "\fIFOLDER\fR" for an argument.
std::string names_of(const Flag& flag) {
  std::string out;
  for (const std::string_view name : split(flag.names, ','))
    out.append(out.empty() ? "" : ", ").append(name.starts_with('-') ? bold(name) : italic(name));
  return out + (flag.value.empty() ? "" : " " + italic(flag.value));
}

std::string item(const std::string& term, std::string_view text) {
  return ".TP\n" + term + "\n" + prose(text);
}

std::string synopsis(const Level& level) {
  std::string out = bold(level.name()) + " [" + italic("FLAG") + "]...";
  if (level.command == nullptr) out += " " + italic("COMMAND") + " ...";
  const auto name = [](const Flag& argument) { return italic(argument.names) + (argument.is_repeated ? "..." : ""); };
  for (const Flag* argument : level.arguments) out += " " + name(*argument);
  for (const Flag* argument : level.optional_arguments) out += " [" + name(*argument) + "]";
  return out + "\n";
}

std::string options(const Level& level) {
  std::string out = ".SH OPTIONS\n";
  std::string_view section;
  for (const ShownFlag& shown : level.flags) {
    if (shown.section != std::exchange(section, shown.section)) out.append(".SS ").append(shown.section).append("\n");
    out += item(names_of(*shown.flag), shown.help);
  }
  return out;
}

std::string arguments(const Level& level) {
  std::vector<const Flag*> all = level.arguments;
  all.insert(all.end(), level.optional_arguments.begin(), level.optional_arguments.end());
  std::string out = all.empty() ? "" : ".SH ARGUMENTS\n";
  for (const Flag* argument : all) out += item(names_of(*argument), argument->help);
  return out;
}

std::string commands_below(const Level& level, const std::vector<Level>& levels) {
  std::string out;
  for (const Level& other : levels)
    if (other.is_below(level)) out += item(bold(other.name()), other.purpose);
  return out.empty() ? out : ".SH COMMANDS\n" + out;
}

/// Returns the pages of the levels above, beside and below `level`, and of the configuration file.
std::string see_also(const Level& level, const std::vector<Level>& levels) {
  std::string out = ".SH SEE ALSO\n";
  for (const Level& other : levels) {
    const bool is_beside = !level.words.empty() && level.words.size() == other.words.size() &&
                           std::equal(level.words.begin(), level.words.end() - 1, other.words.begin());
    if (&other != &level && (is_beside || other.is_below(level) || level.is_below(other)))
      out += bold(other.name("-")) + "(1),\n";
  }
  return out + bold("ace-dt-config") + "(5)\n";
}

std::string head(const std::string& name, char section, std::string_view purpose, std::time_t date) {
  std::array<char, 16> day{};
  std::tm parts{};
  std::strftime(day.data(), day.size(), "%Y-%m-%d", ::gmtime_r(&date, &parts));
  return ".TH " + upper(name) + " " + section + " " + day.data() + " \"ace-dt " ACEDT_VERSION "\"\n.SH NAME\n" +
         escaped(name) + " \\- " + escaped(purpose) + "\n";
}

ManualPage page_of(const Level& level, const std::vector<Level>& levels, std::time_t date) {
  const About about = parse(level.about);
  ManualPage page{.name = level.name("-")};
  page.text = head(page.name, page.section, level.purpose, date) + ".SH SYNOPSIS\n" + synopsis(level);
  if (!about.description.empty()) page.text += ".SH DESCRIPTION\n" + about.description;
  page.text += arguments(level) + commands_below(level, levels) + options(level);
  for (const auto& [heading, text] : about.sections) page.text.append(".SH ").append(heading).append("\n").append(text);
  page.text += see_also(level, levels);
  return page;
}

ManualPage configuration_page(std::time_t date) {
  ManualPage page{.name = "ace-dt-config", .section = '5'};
  page.text = head(page.name, page.section, "Configuration file of ace-dt", date) + ".SH DESCRIPTION\n" +
              prose(
                  "A file in YAML or JSON. The example at the end says where it is looked for, and how registries, "
                  "their endpoints and the file with credentials are configured. Each setting has a key, listed "
                  "here. Its flag and its environment variable take precedence over the file.") +
              ".SH KEYS\n";
  for (const Setting* setting : all_settings())
    page.text += item(bold(setting->key), help_of(*setting)) + ".br\n" + "Flag: " + names_of(setting->flag) + "\n";
  const std::string text = sample_configuration();
  page.text += ".SH EXAMPLES\n.EX\n";
  for (const std::string_view line : split(text, '\n')) page.text += escaped(line) + "\n";
  page.text += ".EE\n.SH SEE ALSO\n" + bold("ace-dt") + "(1),\n" + bold("ace-dt-config") + "(1)\n";
  return page;
}

}  // namespace

std::vector<ManualPage> manual(const std::vector<Level>& levels, std::time_t date) {
  std::vector<ManualPage> pages;
  for (const Level& level : levels) pages.push_back(page_of(level, levels, date));
  pages.push_back(configuration_page(date));
  return pages;
}

}  // namespace acedt::cli
