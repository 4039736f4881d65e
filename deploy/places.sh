# shellcheck shell=bash
# For backup.sh and restore.sh: where the two stores are, in the words of rclone.
declare -A place
stop() {
    echo "$1" >&2
    exit 2
}
places() {
    place[public]=$(place_of MINSHENG_STORE "${MINSHENG_STORE:-embedded}")
    local beside=${MINSHENG_EVIDENCE:-}
    if [ -z "$beside" ] && [[ ${MINSHENG_STORE:-} == file:* ]]; then
        beside=file:${MINSHENG_HOME:-.minsheng}/evidence
    fi
    place[evidence]=$(place_of MINSHENG_EVIDENCE "${beside:-embedded}")
    command -v rclone >/dev/null || PATH=$PATH:$here/../.venv/bin
    command -v rclone >/dev/null || stop "rclone is not there: install it (on Debian: apt-get install rclone)"
}
place_of() {
    case $2 in
    file:*) echo "${2#file:}" ;;
    s3://*) echo ":s3,provider=Other,env_auth=true,endpoint=\"${AWS_ENDPOINT_URL_S3:-${AWS_ENDPOINT_URL:-}}\",region=\"${AWS_REGION:-us-east-1}\":${2#s3://}" ;;
    *) stop "$1 is $2: for the embedded store end all that runs, and copy the folder of MINSHENG_HOME" ;;
    esac
}
copy() { # a file that is replaced while it is read is read whole, old or new
    rclone copy --local-no-check-updated --checkers 16 --retries 3 --log-level ERROR --filter '- /.minsheng/**' "$@"
}
