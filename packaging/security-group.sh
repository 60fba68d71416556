#!/bin/sh
# Opens the chat room's port, and nothing else, in a security group: the only firewall that an instance of Amazon Linux has by itself.
#
#   packaging/security-group.sh GROUP SOURCE [more flags for aws, such as --region or --dry-run]
#
# GROUP is the security group of the server's instance. SOURCE says who may talk: a block of addresses (10.0.0.0/16, 2001:db8::/56), or
# another security group (that of the clients' instances, or of the load balancer).

set -eu

if [ $# -lt 2 ]; then
  echo "usage: $0 GROUP SOURCE [FLAG ...]: the security group, and who may talk (ADDRESS/PREFIX, or another group)" >&2
  exit 2
fi
group=$1 source=$2
shift 2

case $source in
  sg-*) from="UserIdGroupPairs=[{GroupId=$source,Description=chatroom}]" ;;
  *:*/*) from="Ipv6Ranges=[{CidrIpv6=$source,Description=chatroom}]" ;;
  *.*/*) from="IpRanges=[{CidrIp=$source,Description=chatroom}]" ;;
  *)
    echo "$0: $source is neither ADDRESS/PREFIX nor a security group's id (sg-…)" >&2
    exit 2
    ;;
esac

exec aws ec2 authorize-security-group-ingress --group-id "$group" \
  --ip-permissions "IpProtocol=tcp,FromPort=3040,ToPort=3040,$from" "$@"
