package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
	"k8s.io/kubernetes/pkg/util/netsh"
)

// serviceAddresses stands in for netsh: it gives a link of this node the services' addresses, as
// the proxier had them given to a vEthernet adapter on Windows.
type serviceAddresses struct {
	link netlink.Link
}

var _ netsh.Interface = (*serviceAddresses)(nil)

func newServiceAddresses(device string) (*serviceAddresses, error) {
	link, err := netlink.LinkByName(device)
	if err != nil {
		return nil, fmt.Errorf("finding link %q: %w", device, err)
	}
	return &serviceAddresses{link: link}, nil
}

// EnsureIPAddress adds the address and reports whether it was there already.
func (s *serviceAddresses) EnsureIPAddress(_ []string, ip net.IP) (bool, error) {
	err := netlink.AddrAdd(s.link, hostAddress(ip))
	if errors.Is(err, syscall.EEXIST) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("adding %s to %s: %w", ip, s.link.Attrs().Name, err)
	}
	return false, nil
}

// DeleteIPAddress removes the address that netsh's argument "address=…" names.
func (s *serviceAddresses) DeleteIPAddress(args []string) error {
	for _, arg := range args {
		text, found := strings.CutPrefix(arg, "address=")
		if !found {
			continue
		}
		ip := net.ParseIP(text)
		if ip == nil {
			return fmt.Errorf("no IP address in %q", arg)
		}
		// An address that is gone already is what was wanted: the second port of a Service finds it so.
		if err := netlink.AddrDel(s.link, hostAddress(ip)); err != nil && !errors.Is(err, syscall.EADDRNOTAVAIL) {
			return fmt.Errorf("removing %s from %s: %w", ip, s.link.Attrs().Name, err)
		}
		return nil
	}
	return fmt.Errorf("no address among %q", args)
}

// GetInterfaceToAddIP names the link, for upstream's netsh arguments.
func (s *serviceAddresses) GetInterfaceToAddIP() string { return s.link.Attrs().Name }

// EnsurePortProxyRule and DeletePortProxyRule are of netsh's interface, but the proxier has no use for them.
func (s *serviceAddresses) EnsurePortProxyRule([]string) (bool, error) {
	return false, errors.New("port proxy rules are not part of this emulation")
}

// DeletePortProxyRule: see EnsurePortProxyRule.
func (s *serviceAddresses) DeletePortProxyRule([]string) error {
	return errors.New("port proxy rules are not part of this emulation")
}

// Restore does nothing, as upstream's does.
func (s *serviceAddresses) Restore([]string) error { return nil }

func hostAddress(ip net.IP) *netlink.Addr {
	return &netlink.Addr{IPNet: &net.IPNet{IP: ip.To4(), Mask: net.CIDRMask(32, 32)}}
}
