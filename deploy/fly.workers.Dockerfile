# The worker's image for Fly: made on worker-image/Dockerfile's.
#
#   docker build -f worker-image/Dockerfile -t longshore-worker:mine .
#
# A new Fly volume belongs to root, so this one begins as root, hands /session to the user it runs as, and gives its
# rights up.
ARG IMAGE=longshore-worker:mine
FROM ${IMAGE}
USER 0:0
ENTRYPOINT ["sh", "-c", "chown 10001:10001 /session && exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set -all --inh-caps -all longshore-worker"]
