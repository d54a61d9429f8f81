/** From a token to a project: who looks, at what. */
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import type { PageEnv } from "./data/page-env.ts";
import { Api, ApiProblem } from "./data/api.ts";
import { forgetToken, keepToken, takeToken } from "./data/session.ts";
import type { Project, Session } from "./data/wire.ts";
import { AskToken } from "./ask-token.tsx";
import { ProjectBoard } from "./project-board.tsx";
import { Button, Empty } from "./ui/controls.tsx";
import { useAddress, type Go } from "./ui/use-address.ts";

const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: (count, error) => count < 1 && !isProblem(error), refetchOnWindowFocus: false, staleTime: 2_000 },
  },
});

export function App({ env }: { readonly env: PageEnv }): ReactNode {
  const [token, setToken] = useState(() => takeToken(window));
  const [why, setWhy] = useState<string>();
  const give = (text: string): void => {
    if (!keepToken(window, text.trim())) return setWhy("That is not what a token of this server looks like.");
    setWhy(undefined);
    setToken(text.trim());
  };
  const refuse = (words: string): void => {
    forgetToken(window);
    setWhy(words);
    setToken(undefined);
  };
  if (token === undefined) return <AskToken why={why} onGive={give} />;
  return (
    <QueryClientProvider client={queries}>
      <Signed key={token} token={token} env={env} onRefused={refuse} />
    </QueryClientProvider>
  );
}

interface SignedProps {
  readonly token: string;
  readonly env: PageEnv;
  readonly onRefused: (why: string) => void;
}

function Signed({ token, env, onRefused }: SignedProps): ReactNode {
  const api = useMemo(() => new Api(token), [token]);
  const { address, go } = useAddress();
  const asked = useQuery({
    queryKey: ["session", token],
    staleTime: Number.POSITIVE_INFINITY,
    retry: (count, error) => count < 3 && !isRefusal(error),
    queryFn: async () => {
      const [session, projects] = await Promise.all([
        api.get<Session>("/api/session"),
        api.get<readonly Project[]>("/api/projects"),
      ]);
      return { session, projects };
    },
  });
  if (asked.error !== null) {
    if (isRefusal(asked.error)) return <Refused onRefused={onRefused} />;
    return <Whole title="The server does not answer">{asked.error.message}</Whole>;
  }
  if (asked.data === undefined) return <Whole title="Loading" />;
  const { session, projects } = asked.data;
  const project = address.project === undefined ? projects[0] : projects.find(({ id }) => id === address.project);
  if (project === undefined) return <NoProject isAny={projects.length > 0} go={go} />;
  return <ProjectBoard key={project.id} {...{ api, env, session, projects, project, address, go, onRefused }} />;
}

/** What an address names that is not there is not shown as something else. */
function NoProject({ isAny, go }: { readonly isAny: boolean; readonly go: Go }): ReactNode {
  if (!isAny) return <Whole title="There is no project on this server" />;
  return (
    <Whole title="There is no such project on this server">
      <Button onClick={() => go({ project: undefined, item: undefined, at: undefined, since: undefined })}>
        Show the first project
      </Button>
    </Whole>
  );
}

function Refused({ onRefused }: Pick<SignedProps, "onRefused">): ReactNode {
  useEffect(() => onRefused("The server does not know this token."), [onRefused]);
  return null;
}

/** The server has said what is wrong: to ask again gives the same answer. */
function isProblem(error: Error): boolean {
  return error instanceof ApiProblem && error.status >= 400 && error.status < 500;
}

function isRefusal(error: Error): boolean {
  return error instanceof ApiProblem && error.code === "unauthorized";
}

function Whole({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode {
  return (
    <main className="grid h-full place-items-center">
      <Empty title={title}>{children}</Empty>
    </main>
  );
}
