/**
 * The fast runner: a small Perl program, since Perl stands on nearly every machine (it is an essential package of Debian and
 * comes with macOS), starts in 2 ms, takes 5 MB, forks five times faster than Node and sees exact wait statuses. Where there
 * is none, `command-runner.ts` does the same in Node. It needs nothing but the modules of Debian's `perl-base`.
 *
 * It is one loop: wait for requests or ended children, take both, look after what is being ended, report. Invariants and the
 * meaning of messages: `runner-protocol.ts` and `command-runner.ts`. What is particular here:
 * - Perl handles signals between two operations. One that comes just before `select` would be slept through, so the wait is
 *   short after each event and grows to a second while nothing happens.
 * - Descriptors 1 and 2 are those of the child to come, opened before the fork: a child that only has to `exec` is cheapest.
 */
export const PERL_RUNNER = String.raw`
use strict; use Fcntl;
my ($grace, $left_grace, $patience) = @ARGV;
$0 = 'signalbox command runner';
open(my $requests, '<&=', 3) && open(my $reports, '>&=', 4) && pipe(my $woken, my $wake) or exit 71;
fcntl($wake, F_SETFL, O_WRONLY | O_NONBLOCK);
my ($leaving, $buffer, $report, $urgent, $folder, $wait) = (0, '', '', 0, '', 0.002);
my (%live, %ending, %of_pid, %base);
$SIG{CHLD} = sub { syswrite $wake, 'x', 1 };
$SIG{PIPE} = sub {};
$SIG{TERM} = $SIG{INT} = $SIG{HUP} = sub { $leaving = 1; syswrite $wake, 'x', 1 };

sub clock { require POSIX; our $hz //= POSIX::sysconf(POSIX::_SC_CLK_TCK()) || 100; return (POSIX::times())[0] * 1000 / $hz }
sub say_to_parent { $report .= "$_[0]\n"; $urgent = 1 }
sub flush {
  while (length $report) {
    my $sent = syswrite $reports, $report;
    if (defined $sent) { substr($report, 0, $sent, '') } elsif (!$!{EINTR}) { $report = ''; $leaving = 1 }
  }
  $urgent = 0;
}

sub refuse { my ($id, $stage, $problem) = @_; $problem =~ s/\s+/ /g; say_to_parent("F $id $stage $problem"); say_to_parent("X $id 32512 -1 0 0") }

sub start {
  my ($id, $cwd, $log, $output, $inputs, $text, $command, @variables) = @_;
  if ($cwd ne $folder) { chdir $cwd or return refuse($id, 'folder', $!); $folder = $cwd }
  sysopen(STDOUT, $log, O_WRONLY | O_CREAT | O_APPEND, 0600) or return refuse($id, 'log', $!);
  open(STDERR, '>&', \*STDOUT) or return refuse($id, 'log', $!);
  if (length $text) {
    my $file;
    sysopen($file, $inputs, O_WRONLY | O_CREAT | O_TRUNC, 0600) && (syswrite($file, $text) // -1) == length $text && close $file
      or return refuse($id, 'inputs', $!);
  }
  my @names;
  for (@variables) { my ($name, $value) = split /=/, $_, 2; $ENV{$name} = $value; push @names, $name }
  @ENV{'SIGNALBOX_OUTPUT', 'SIGNALBOX_INPUTS'} = ($output, $inputs);
  my $pid = fork;
  if (defined $pid && $pid == 0) {
    setpgrp 0, 0;
    exec { '/bin/sh' } 'sh', '-c', $command or syswrite($reports, "F $id shell $!\n");
    kill 'KILL', $$;
  }
  my $problem = $!;
  for (@names) { if (exists $base{$_}) { $ENV{$_} = $base{$_} } else { delete $ENV{$_} } }
  defined $pid or return refuse($id, 'fork', $problem);
  # The parent says it too: a request to end it may come before the child's first step.
  setpgrp $pid, $pid;
  $of_pid{$pid} = $live{$id} = { id => $id, pid => $pid, log => $log, output => $output, inputs => length $text ? $inputs : '', flags => 0 };
  $report .= "S $id $pid\n";
}

sub begin_end {
  my ($it, $ms) = @_;
  my $until = clock() + $ms;
  if ($it->{until}) { $it->{until} = $until if !$it->{killed} && $until < $it->{until}; return }
  @$it{'until', 'looked', 'seen'} = ($until, 0, {});
  $ending{$it->{id}} = $it;
  kill TERM => -$it->{pid};
  kill CONT => -$it->{pid};
}

sub finish {
  my ($it, $flags) = @_;
  my $id = $it->{id};
  delete $live{$id}; delete $ending{$id}; delete $of_pid{$it->{pid}};
  my $status = $it->{status} // 9;
  my $output = -1;
  if ($status == 0) { my @stat = stat $it->{output}; $output = -f _ ? $stat[7] : -2 if @stat } else { unlink $it->{output} }
  my $log = (stat $it->{log})[7] // 0;
  unlink $it->{log} if $log == 0;
  unlink $it->{inputs} if length $it->{inputs};
  say_to_parent("X $id $status $output $log " . ($it->{flags} | $flags));
}

sub reap {
  while ((my $pid = waitpid -1, 1) > 0) {
    my $it = $of_pid{$pid} or next;
    $it->{status} = $?;
    next if $it->{until};
    if (kill 0 => -$pid) { $it->{flags} |= 2; begin_end($it, $left_grace) } else { finish($it, 0) }
  }
}

# Living processes of what is being ended: by group, and by the path of the output file, which no other attempt has, in
# their environment. undef where there is no /proc.
sub look {
  opendir(my $all, '/proc') && -e '/proc/self/environ' or return;
  my %by_group = map { $_->{pid} => $_ } values %ending;
  my %by_output = map { $_->{output} => $_ } grep { $_->{flags} & 1 } values %ending;
  my %found;
  for my $pid (grep { /^\d+$/ && $_ != $$ } readdir $all) {
    my ($file, $stat, $text);
    open($file, '<', "/proc/$pid/stat") && sysread($file, $stat, 4096) or next;
    my ($state, $group) = $stat =~ /.*\) (\S) \d+ (\d+)/s or next;
    next if $state =~ /[ZX]/;
    my $it = $by_group{$group};
    if (!$it && %by_output && open $file, '<', "/proc/$pid/environ") {
      local $/; $text = "\0" . (readline($file) // '');
      $it = $by_output{$1} if $text =~ /\0SIGNALBOX_OUTPUT=([^\0]+)/;
    }
    push @{$found{$it->{id}}}, $pid if $it;
  }
  return \%found;
}

sub tend {
  my $now = clock();
  my ($look, $found);
  for my $it (values %ending) {
    if ($now >= $it->{until} && !$it->{killed}) {
      kill KILL => -$it->{pid};
      @$it{'killed', 'until', 'looked'} = (1, $now + $patience, 0);
    }
    $it->{group} = !defined $it->{status} || kill 0 => -$it->{pid};
    $look = 1 if $now - $it->{looked} >= 250 || (!$it->{group} && $it->{flags} & 1);
  }
  $found = look() if $look;
  for my $it (values %ending) {
    if (!$found) { if (!$it->{group}) { finish($it, 0); next } }
    else {
      $it->{looked} = $now;
      my @pids = @{$found->{$it->{id}} // []};
      if (!@pids && defined $it->{status}) { finish($it, 0); next }
      for (@pids) { my $signal = $it->{killed} ? 'KILL' : 'TERM'; kill $signal => $_ unless $it->{seen}{"$_$signal"}++ }
    }
    finish($it, 4) if $it->{killed} && $now >= $it->{until};
  }
}

sub serve {
  my $at = 0;
  while ((my $end = index $buffer, "\n", $at) >= 0) {
    my ($kind, $id, $number) = split / /, substr($buffer, $at, $end - $at);
    if ($kind eq 'K') {
      my $it = $live{$id};
      if ($it) { $it->{flags} |= 1 unless defined $it->{status}; begin_end($it, $number) }
      $at = $end + 1;
      next;
    }
    last if length($buffer) < $end + 1 + $number;
    my @fields = split /\0/, substr($buffer, $end + 1, $number), -1;
    if ($kind eq 'S') { start($id, @fields) }
    else { %base = map { split /=/, $_, 2 } @fields; %ENV = %base }
    $at = $end + 1 + $number;
  }
  substr($buffer, 0, $at, '');
}

my $set = ''; vec($set, fileno $_, 1) = 1 for $requests, $woken;
%ENV = ();
say_to_parent('R');
until ($leaving && !%live) {
  flush() if $urgent;
  my $ready = $set;
  my $count = select $ready, undef, undef, %ending ? 0.01 : %live || $report ? $wait : undef;
  flush() if $report && !$count;
  $wait = $count ? 0.002 : $wait < 1 ? $wait * 2 : 1;
  sysread $woken, my $drained, 4096 if $count > 0 && vec $ready, fileno $woken, 1;
  reap();
  # Before the next fork, so that the parent works meanwhile.
  flush() if $urgent;
  if ($count > 0 && vec $ready, fileno $requests, 1) {
    my $got = sysread $requests, $buffer, 65536, length $buffer;
    if (defined $got && $got == 0) { $leaving = 1; vec($set, fileno $requests, 1) = 0 }
    serve() if $got && !$leaving;
  }
  if ($leaving) { for my $it (values %live) { if (!$it->{until}) { $it->{flags} |= 1; begin_end($it, $grace) } } }
  tend() if %ending;
}
flush();
`;
