# bash completion for @PROGRAM@
_@PROGRAM@() {
  local current=${COMP_WORDS[COMP_CWORD]}
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '@FLAGS@' -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -A @OTHERWISE@ -- "$current")
  fi
}
complete -F _@PROGRAM@ @PROGRAM@
