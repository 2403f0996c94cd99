import "./zod-without-eval.ts";
import { mount } from "svelte";
import "./app.css";
import LivePage from "./pages/LivePage.svelte";

const target = document.getElementById("app");
if (target) mount(LivePage, { target });
