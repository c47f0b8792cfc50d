# The supervisor's image for Fly: made on deploy/Dockerfile's.
#
#   docker build -f deploy/Dockerfile -t longshore:mine .
#
# A new Fly volume belongs to root, so this one begins as root, gives /data to the user it runs as, and gives its rights up.
ARG IMAGE=longshore:mine
FROM ${IMAGE}
USER 0:0
ENTRYPOINT ["sh", "-c", "chown 10001:10001 /data && exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set -all --inh-caps -all longshore serve"]
