"""What two answers differ in. Order and rounding that nobody promises are evened out first."""
import json
import math
import re

RELATIVE_MAX = 1e-9
NOISE_MAX = 1e-12  # where terms cancel out: nobody's digits are the right ones


def parsed(text):
    """JSON with numbers as they are written; what is no JSON as text."""
    try:
        return json.loads(text, parse_float=lambda digits: ("number", digits), parse_int=lambda digits: ("number", digits))
    except ValueError:
        return text


def form_of(number):
    """How a value is written: with an exponent, as a word, or plainly."""
    return "exponent" if "e" in number else "word" if not re.fullmatch(r"-?[0-9.]+", number) else "plain"


def is_same_value(ours, theirs):
    if ours == theirs:
        return True
    if not (isinstance(ours, str) and isinstance(theirs, str)) or form_of(ours) != form_of(theirs) or form_of(ours) == "word":
        return False
    a, b = float(ours), float(theirs)
    return math.isclose(a, b, rel_tol=RELATIVE_MAX, abs_tol=NOISE_MAX)


def ordered(answer, is_ordered):
    """Series in an order of their own where none is promised."""
    data = answer.get("data") if isinstance(answer, dict) else None
    series = data if isinstance(data, list) else data.get("result") if isinstance(data, dict) else None
    if not is_ordered and isinstance(series, list) and series and isinstance(series[0], dict):
        series.sort(key=lambda one: json.dumps(one.get("metric", one), sort_keys=True))
    return answer


def difference(ours, theirs, at=""):
    """The first difference, or None."""
    if type(ours) is not type(theirs):
        return f"{at}: {str(ours)[:120]} instead of {str(theirs)[:120]}"
    if isinstance(ours, dict):
        if ours.keys() != theirs.keys():
            return f"{at}: {sorted(ours)[:8]} instead of {sorted(theirs)[:8]}"
        return next((found for key in ours if (found := difference(ours[key], theirs[key], f"{at}.{key}"))), None)
    if isinstance(ours, list):
        if len(ours) != len(theirs):
            return f"{at}: {len(ours)} instead of {len(theirs)}: {str(ours)[:200]} / {str(theirs)[:200]}"
        return next((found for number, (a, b) in enumerate(zip(ours, theirs))
                     if (found := difference(a, b, f"{at}[{number}]"))), None)
    return None if is_same_value(ours, theirs) else f"{at}: {str(ours)[:200]!r} instead of {str(theirs)[:200]!r}"
