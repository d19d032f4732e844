// Command agnhost is Kubernetes' own test server with those of its subcommands that talk to
// nothing but the network and the container.
//
// Upstream's program links every one, and with them the API server's libraries, whose
// initialisation takes each start longer than all that probes ask of it.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"k8s.io/kubernetes/test/images/agnhost/connect"
	"k8s.io/kubernetes/test/images/agnhost/dns"
	entrypoint "k8s.io/kubernetes/test/images/agnhost/entrypoint-tester"
	"k8s.io/kubernetes/test/images/agnhost/liveness"
	"k8s.io/kubernetes/test/images/agnhost/mounttest"
	"k8s.io/kubernetes/test/images/agnhost/net"
	"k8s.io/kubernetes/test/images/agnhost/netexec"
	"k8s.io/kubernetes/test/images/agnhost/nonewprivs"
	"k8s.io/kubernetes/test/images/agnhost/pause"
	portforwardtester "k8s.io/kubernetes/test/images/agnhost/port-forward-tester"
	"k8s.io/kubernetes/test/images/agnhost/porter"
	servehostname "k8s.io/kubernetes/test/images/agnhost/serve-hostname"
	tcpreset "k8s.io/kubernetes/test/images/agnhost/tcp-reset"
	testwebserver "k8s.io/kubernetes/test/images/agnhost/test-webserver"
)

// Version is that of upstream's image; the linker sets it.
var Version = "development"

func main() {
	root := &cobra.Command{Use: "agnhost", Version: Version}
	root.AddCommand(
		connect.CmdConnect,
		dns.CmdDNSSuffix,
		dns.CmdDNSServerList,
		dns.CmdEtcHosts,
		entrypoint.CmdEntrypointTester,
		liveness.CmdLiveness,
		mounttest.CmdMounttest,
		net.CmdNet,
		netexec.CmdNetexec,
		nonewprivs.CmdNoNewPrivs,
		pause.CmdPause,
		portforwardtester.CmdPortForwardTester,
		porter.CmdPorter,
		servehostname.CmdServeHostname,
		tcpreset.CmdTCPReset,
		testwebserver.CmdTestWebserver,
	)
	if err := root.Execute(); err != nil {
		os.Exit(1)
	}
}
