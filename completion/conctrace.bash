# SPDX-License-Identifier: GPL-2.0-only
# bash completion for conctrace. It asks conctrace itself, so it knows what that version knows.

# The long options in a --help text; those with an argument are listed again as "--name ARG".
_conctrace_options()
{
	"$1" help "$2" 2>/dev/null | sed -n 's/^ .*\(--[a-z][a-z-]*\).*/\1/p'
}

# What the argument of option $3 of command $2 is called; nothing for a flag.
_conctrace_argument()
{
	"$1" help "$2" 2>/dev/null | sed -n \
		-e "s/^  -[a-zA-Z], $3 \([A-Z][A-Z]*\)\( .*\)\{0,1\}\$/\1/p" \
		-e "s/^ *$3 \([A-Z][A-Z]*\)\( .*\)\{0,1\}\$/\1/p" \
		-e "s/^  $3, --[a-z-]* \([A-Z][A-Z]*\)\( .*\)\{0,1\}\$/\1/p"
}

_conctrace_commands()
{
	"$1" help 2>/dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p'
}

_conctrace_workloads()
{
	"$1" workload 2>/dev/null | sed -n '/^  *finds:/d;s/^  \([a-z][a-z0-9_-]*\) .*/\1/p'
}

_conctrace_words()
{
	local word

	while read -r word; do
		COMPREPLY+=("$word")
	done < <(compgen -W "$1" -- "$2")
}

_conctrace_files()
{
	local word

	compopt -o filenames 2>/dev/null
	while read -r word; do
		COMPREPLY+=("$word")
	done < <(compgen -f -- "$1")
}

_conctrace()
{
	local self=$1 cur=$2 prev=$3 command=record first=1 i next

	COMPREPLY=()
	if [[ $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} != -* ]]; then
		command=${COMP_WORDS[1]}
		first=2
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			# Of the commands to compare, the one that is being typed.
			for ((next = i + 1; next < COMP_CWORD; next++)); do
				[[ $command == compare && ${COMP_WORDS[next]} == -- ]] && i=$next
			done
			# From here on it is somebody else's command line.
			if declare -F _command_offset >/dev/null && ((i + 1 < ${#COMP_WORDS[@]})); then
				_command_offset $((i + 1))
			elif ((i + 1 == COMP_CWORD)); then
				compopt -o filenames 2>/dev/null
				_conctrace_words "$(compgen -c -- "$cur")" "$cur"
				_conctrace_files "$cur"
			else
				_conctrace_files "$cur"
			fi
			return
		fi
	done
	if [[ $prev == -* && $COMP_CWORD -gt $first ]]; then
		case $(_conctrace_argument "$self" "$command" "$prev") in
		FILE | OUTPUT | DIR) _conctrace_files "$cur"; return ;;
		PID) _conctrace_words "$(cd /proc && echo [0-9]*)" "$cur"; return ;;
		KIND) _conctrace_words "cpu io sleep" "$cur"; return ;;
		?*) return ;;
		esac
	fi
	if [[ $cur == -* ]]; then
		_conctrace_words "$(_conctrace_options "$self" "$command")" "$cur"
	elif [[ $COMP_CWORD == 1 ]]; then
		_conctrace_words "$(_conctrace_commands "$self")" "$cur"
	else
		case $command in
		help) _conctrace_words "$(_conctrace_commands "$self")" "$cur" ;;
		workload)
			if [[ $COMP_CWORD == 2 ]]; then
				_conctrace_words "$(_conctrace_workloads "$self")" "$cur"
			fi ;;
		doctor | version) ;;
		*) _conctrace_files "$cur" ;;
		esac
	fi
}

complete -F _conctrace conctrace
