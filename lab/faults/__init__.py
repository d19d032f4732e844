"""Defects that real clusters have had, made on the live lab by real means, and taken back.

A fault is a value (`lab.faults.fault.Fault`) in one of the modules of `lab.faults.catalogue`. To add
one:

1. Choose the means, or write a new one (a frozen dataclass with what `fault.Means` names):

   - `rules.NodeRules`: nft rules in the node's network namespace;
   - `plugins.WrappedPlugin`: nft rules or commands in the network namespace of each pod that is
     made from then on, or of those with certain names; a program beside a pod's containers; calls of
     a CNI plugin that are not executed, or answered as an earlier one;
   - `ranges.AddressesElsewhere`, `configurations.NoConfiguration`, `WithoutPlugin` and
     `ConfigurationElsewhere`: what plugins are told otherwise, and whether there are any;
   - `runtimes.WrappedRuntime`: containers created otherwise (compartment, resolv.conf, hosts file,
     command line);
   - `node_dns.NodeDns`: a DNS server of the node's own, between its pods and the cluster's;
   - `programs.Stopped`, `programs.Restarted`: a program of a node or of the control plane;
   - `service_proxies.SwappedProxy`, `service_proxies.MisinformedProxy`: another service proxy, or
     one whose view of Services and endpoints is edited on its way from the API server, by one of
     `api_relay.edits.EDITS`; `second_proxies.ExpandingProxy`, one more beside it;
   - `pods.DeletedPod`, `cables.PulledCable`, `load.BusyProcessors`;
   - `together.Together`: several of these at once.

2. Write down what must turn, before its first run: `Turns` names the check, its row, the verdict of
   the cell, and the codes with which the check may fail. A fault of the harness has `Undecided`: it
   may end a run inconclusive, and never in a false pass or a regression.

3. Write its proof (see `proofs`): what shows, without the suite, that the fault bites. It says so
   with the fault and denies it without.

4. Say in `where` on which nodes it can be made (`places`), and in `moment` whether a run must have
   begun before.

5. Append it to its module's `FAULTS`; `tests/lab/test_faults.py` injects every fault of the
   catalogue, sees its proof, clears it, and finds the machine as it was.

A means that takes hold of something writes down what was there first (`Site.keep`), so that another
process can put it back; both `make` and `undo` can be repeated, after any interruption.
"""
