// Command windows-userspace-proxy runs the user-mode service proxier that Kubernetes 1.21 had for
// Windows on a Linux node.
//
// The proxier itself, with its round robin and its rewriting of DNS requests, is upstream's package
// pkg/proxy/winuserspace, unchanged. Only what it asks of netsh is done the Linux way (addresses.go),
// one way in which it ends is survived (endpoints.go), and what cmd/kube-proxy would add on Windows,
// which does not build elsewhere, is repeated here:
// https://github.com/kubernetes/kubernetes/blob/v1.21.14/cmd/kube-proxy/app/server_windows.go
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/proxy/config"
	"k8s.io/kubernetes/pkg/proxy/winuserspace"
)

// Defaults of kube-proxy 1.21.
const (
	resyncPeriod   = 15 * time.Minute
	syncPeriod     = 30 * time.Second
	udpIdleTimeout = 250 * time.Millisecond

	// Services of another proxy, and headless ones, are left alone, as cmd/kube-proxy does.
	proxiedServices = "!service.kubernetes.io/service-proxy-name,!service.kubernetes.io/headless"
)

const (
	kernelspace = "kernelspace"
	userspace   = "userspace"
)

type options struct {
	kubeconfig    string
	addressDevice string
	askedMode     string
	statusAddress string
}

func main() {
	klog.InitFlags(nil)
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig file of the proxy's user")
	flag.StringVar(&o.addressDevice, "address-device", "lo", "link that gets the services' addresses")
	flag.StringVar(&o.askedMode, "proxy-mode", userspace, "mode asked for: userspace, or kernelspace, which falls back")
	flag.StringVar(&o.statusAddress, "metrics-bind-address", "0.0.0.0:10249", "where /proxyMode and /healthz are served")
	flag.Parse()
	if err := run(o); err != nil {
		klog.Fatal(err)
	}
}

func run(o options) error {
	switch o.askedMode {
	case userspace:
	case kernelspace:
		// Upstream falls back where HNS has no kernel support, which Windows Server 2016 had not.
		klog.Info("Can't use kernelspace proxier here, using userspace proxier")
	default:
		return fmt.Errorf("unknown --proxy-mode %q: use %s or %s", o.askedMode, userspace, kernelspace)
	}
	clientConfig, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return fmt.Errorf("reading kubeconfig %q: %w", o.kubeconfig, err)
	}
	client, err := kubernetes.NewForConfig(clientConfig)
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	addresses, err := newServiceAddresses(o.addressDevice)
	if err != nil {
		return err
	}
	proxier, err := winuserspace.NewProxier(
		winuserspace.NewLoadBalancerRR(), net.IPv4zero, addresses, utilnet.PortRange{}, syncPeriod, udpIdleTimeout)
	if err != nil {
		return fmt.Errorf("making the proxier: %w", err)
	}
	feed(client, proxier)
	go proxier.SyncLoop()
	return serveStatus(o.statusAddress)
}

// feed lets the proxier follow the cluster's Services and Endpoints; it never read EndpointSlices.
func feed(client kubernetes.Interface, proxier *winuserspace.Proxier) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, resyncPeriod,
		informers.WithTweakListOptions(func(list *metav1.ListOptions) { list.LabelSelector = proxiedServices }))

	services := config.NewServiceConfig(factory.Core().V1().Services(), resyncPeriod)
	services.RegisterEventHandler(proxier)
	go services.Run(wait.NeverStop)

	endpoints := config.NewEndpointsConfig(factory.Core().V1().Endpoints(), resyncPeriod)
	endpoints.RegisterEventHandler(survivor{proxier})
	go endpoints.Run(wait.NeverStop)

	factory.Start(wait.NeverStop)
}

// serveStatus answers what kube-proxy's metrics port would: the effective mode.
func serveStatus(address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/proxyMode", func(w http.ResponseWriter, _ *http.Request) { answer(w, userspace) })
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, "ok") })
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving status at %s: %w", address, err)
	}
	return nil
}

func answer(w http.ResponseWriter, text string) {
	if _, err := fmt.Fprint(w, text); err != nil {
		klog.V(2).InfoS("Status was asked for and not taken", "err", err)
	}
}
